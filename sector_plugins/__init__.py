"""The bundled sectors: folders of dated law, loaded through entry points like a stranger's."""
