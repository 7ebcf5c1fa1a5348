"""Python's garbage collector while scripts run."""

from __future__ import annotations

import gc
import subprocess
import sys

import stratum_sql
from stratum_sql.pandas.collecting import leaving_the_old

SCRIPT = "import gc\nwithin = gc.get_freeze_count()"


def test_a_script_leaves_the_objects_of_before_to_themselves() -> None:
    assert gc.get_freeze_count() == 0
    done = stratum_sql.translate(SCRIPT)
    assert done.names["within"] > 10_000
    assert gc.get_freeze_count() == 0, "afterwards they are looked at again"


def test_the_new_objects_of_a_script_are_looked_at_less_often() -> None:
    before = gc.get_threshold()
    done = stratum_sql.translate("import gc\nwithin = gc.get_threshold()")
    assert done.names["within"] == (max(before[0], 20_000), *before[1:])
    assert gc.get_threshold() == before


def test_a_collector_that_is_switched_off_stays_so() -> None:
    before = gc.get_threshold()
    gc.set_threshold(0)
    try:
        assert stratum_sql.translate("import gc\nwithin = gc.get_threshold()").names["within"][0] == 0
    finally:
        gc.set_threshold(*before)


def test_scripts_that_run_together_do_it_once() -> None:
    with stratum_sql.connect(threads=1) as session:
        scripts = session.batch([stratum_sql.translate(f"{SCRIPT} + {number}", run=False) for number in range(3)])
    assert all(one.names["within"] > 10_000 for one in scripts)
    assert gc.get_freeze_count() == 0


def test_a_script_that_raises_thaws_them_too() -> None:
    try:
        stratum_sql.translate("1 / 0")
    except ZeroDivisionError:
        assert gc.get_freeze_count() == 0
    else:
        raise AssertionError("it raises what the script raises")


def test_one_block_within_another_ends_with_the_outer_one() -> None:
    with leaving_the_old():
        with leaving_the_old():
            pass
        assert gc.get_freeze_count()
    assert gc.get_freeze_count() == 0


def test_what_the_host_program_froze_stays_frozen() -> None:
    """In a process of its own: nothing can be thawed there but all at once."""
    host = (
        "import gc, stratum_sql\ngc.freeze()\nbefore = gc.get_freeze_count()\n"
        "stratum_sql.translate('x = 1')\nafter = gc.get_freeze_count()\n"
        "assert before * 0.9 < after <= before, (before, after)"  # some are not needed any more
    )
    done = subprocess.run([sys.executable, "-c", host], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
