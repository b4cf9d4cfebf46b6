"""The text of plugins whose predicates do what a test says."""

FINAL = {"decision_no": "T-1", "fine_amount": "50000", "final_on": "2026-01-20"}
CODE = "energy.judged"
GOOD = 'return {"met": True, "text": "It holds.", "text_zh": "成立。"}'
HUNG = "took longer than 500 ms"
# Put after a body: the worker's limits, which keep all but root from starting a process, are not
# set then. Whoever loads it in a test puts resource.setrlimit back.
UNBOUND = "\n\nresource.setrlimit = lambda *_: None"
# What starts a process, and the worker hangs or ends while that still holds its pipe. A child lives
# for twenty seconds, so that waiting for it shows and does not last for ever.
FORKED = {
    "if os.fork() == 0: time.sleep(20); os._exit(0)\n    while True: pass": HUNG,
    "child = multiprocessing.get_context('fork').Process(target=time.sleep, args=(20,))\n"
    "    child.start(); child.join()": HUNG,
    "if os.fork() == 0: os.setsid(); time.sleep(20); os._exit(0)\n    time.sleep(20)": HUNG,
    "if os.fork() == 0: time.sleep(20)\n    os._exit(3)": "ended its worker (3)",
}
# A grandchild that nobody waits for; its number is noted in the file that the question names.
LEFT = """if os.fork() == 0:
        pid = os.fork()
        if pid == 0: time.sleep(20)
        else: open(question["noted"], "a").write(f"{pid}\\n")
        os._exit(0)
    os.wait()
    """
HEAD = '''
"""A plugin for one test."""
import ctypes, itertools, multiprocessing, os, random, resource, sys
import threading, time
from registry.sdk import Predicate, hookimpl
count = itertools.count()

def judged(question):
    {body}

@hookimpl
def registry_predicates():
    return [Predicate("{code}", judged)]
'''
