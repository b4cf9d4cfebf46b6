"""The text of plugins whose predicates do what a test says."""

FINAL = {"decision_no": "T-1", "fine_amount": "50000", "final_on": "2026-01-20"}
CODE = "energy.judged"
GOOD = 'return {"met": True, "text": "It holds.", "text_zh": "成立。"}'
HEAD = '''
"""A plugin for one test."""
import ctypes, itertools, os, random, sys, time
from registry.sdk import Predicate, hookimpl
count = itertools.count()

def judged(question):
    {body}

@hookimpl
def registry_predicates():
    return [Predicate("{code}", judged)]
'''
