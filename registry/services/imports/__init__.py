"""Imports: an agency's file taken in row by row, each row whole or not at all.

The file is first read to its end and set aside: what is no safe file is refused before anything is
stored. Rows are then stored some hundreds in a transaction. Who was interrupted runs the same
command again: what is there already is recognised and counted as merged, nothing is stored twice.
"""
