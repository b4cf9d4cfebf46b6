"""Rules as dated data: from the files of a plugin, or from storage, to domain objects."""
