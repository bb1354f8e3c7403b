#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Break the switch on purpose, once for each line below, and see that the model notices.

A mutant is the shipped source with one text replaced by another. The explorer, linked with it,
has to find the invariant of that number broken (doc/switch.md). A text that is no longer found
exactly once is an error, so the list cannot outlive the code that it breaks.
"""
import argparse
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

MUTANTS = [
    # invariant, what goes wrong, file, text, what stands there instead
    (1, "an answer to an earlier look counts", "switch-rest.c",
     "if (ev->check == s->check)", "if (true)"),
    (1, "nobody looks before the writes", "switch-go.c",
     "\tif (sw_streams_rest(s))\n\t\tverify_begin(s, out);",
     "\tif (sw_streams_rest(s))\n\t\tsw_apply_begin(s, out);"),
    (1, "nobody is asked to rest", "switch-rest.c",
     "\ts->gate_closed = true;\n\tsw_push(out, SWA_GATE_CLOSE);\n\tsw_quiesce_go_on(s, out);",
     "\ts->gate_closed = true;\n\tsw_push(out, SWA_GATE_CLOSE);\n\tsw_apply_begin(s, out);"),
    (2, "a worker that hangs is forgotten, not killed", "switch-write.c",
     "\t\tsw_kill_begin(s, out);\n}", "\t\tsw_route_lost(s, false, out);\n}"),
    (3, "what was stopped stays so when the switch is undone", "switch-stream.c",
     "\t\tif (!st->touched)\n\t\t\treturn AFTER_LEAVE;",
     "\t\tif (st->touched)\n\t\t\treturn AFTER_LEAVE;"),
    (3, "what would have been parked is, although all is undone", "switch-stream.c",
     "return st->kind == STREAM_HELD ? AFTER_REOPEN : AFTER_RESUME;",
     "return (enum stream_after)st->after;"),
    (3, "a stream that did not come back counts as back", "switch-stream.c",
     "\t\t\ts->stream[i].phase = SS_FAILED;", "\t\t\ts->stream[i].phase = SS_DONE;"),
    (3, "a stream asked to stop is not ours to resume", "switch-stream.c",
     "st->touched |= st->method != METHOD_WAIT;", "st->touched |= false;"),
    (3, "what an earlier daemon paused is not ours", "plan-stream.c",
     ".ours = s->kind == STREAM_LEASED && s->paused_by_us,", ".ours = false,"),
    (4, "time that is over starts anew", "switch-rest.c",
     "\t\tsw_abandon(s, TACET_ERR_BUSY, st->id, out);",
     "\t\tsw_arm(out, DEADLINE_REQUEST, s->current.id);"),
    (5, "the worker has no deadline", "switch-go.c",
     "\tsw_disarm(out, DEADLINE_REQUEST, s->current.id);\n\tsw_arm(out, DEADLINE_UCM, 0);",
     "\tsw_disarm(out, DEADLINE_REQUEST, s->current.id);"),
    (5, "a worker that is killed has no deadline to die", "switch-go.c",
     "\ts->killing = true;\n\tsw_arm(out, DEADLINE_UCM, 0);", "\ts->killing = true;"),
    (5, "a request's deadline is left running", "switch-go.c",
     "\ts->written = true;\n\tsw_disarm(out, DEADLINE_REQUEST, s->current.id);",
     "\ts->written = true;"),
    (5, "a commit may hang for ever", "switch-write.c",
     "\t\tif (ev->deadline == DEADLINE_RESUME)\n\t\t\tcommitted(s, false, out);",
     "\t\tif (false)\n\t\t\tcommitted(s, false, out);"),
    (6, "a request does not wait for the commit", "switch.c",
     "\tif (s->phase == SW_IDLE) {\n\t\tphase_step(s, ev, out);",
     "\tif (s->phase == SW_COMMIT) {\n\t\tsw_plan_begin(s, &ev->request, out);\n"
     "\t} else if (s->phase == SW_IDLE) {\n\t\tphase_step(s, ev, out);"),
    (7, "a full queue says nothing", "switch.c",
     "\t\tanswer(out, id, TACET_ERR_QUEUE_FULL);", "\t\t;"),
    (7, "who is cancelled is not told", "switch.c",
     "\tanswer(out, s->queue[i].id, error);",
     "\tif (error != TACET_ERR_CANCELLED)\n\t\tanswer(out, s->queue[i].id, error);"),
    (7, "who waits for a card that is gone is told twice", "switch.c",
     "\tanswer(out, s->queue[i].id, error);",
     "\tanswer(out, s->queue[i].id, error);\n\tif (error == TACET_ERR_CARD_GONE)\n"
     "\t\tanswer(out, s->queue[i].id, error);"),
    (8, "the answer of an earlier store counts", "switch.c",
     "if (!answers_last(&s->journals_owed))", "if (answers_last(&s->journals_owed), false)"),
    (8, "a store that failed is passed over", "switch-rest.c",
     "\t\ts->journal_lost = true;\n", ""),
    (8, "a commit that failed is passed over", "switch-write.c",
     "\ts->journal_lost |= !stored;\n", ""),
    (9, "a lost route is called known", "switch-go.c",
     "\ts->undead = undead;\n\ts->route_known = false;", "\ts->undead = undead;"),
    (9, "what another program wrote is called known", "switch-write.c",
     "s->route_known = !s->outside;", "s->route_known = true;"),
    (3, "another program's writes park what they may feed", "plan-stream.c",
     "bool fed = plan->outside ||", "bool fed = false ||"),
    (11, "the plan of an abandoned request is taken", "switch.c",
     "if (!answers_last(&s->plans_owed))", "if (answers_last(&s->plans_owed), false)"),
    (10, "after a worker's death the sound just goes on", "switch-write.c",
     "\tcase SWE_APPLY_FAILED:\n\t\tif (!s->killing)\n\t\t\tsw_rollback_begin(s, ev->error, out);\n"
     "\t\tbreak;\n\tcase SWE_WORKER_DIED:\n\t\tsw_restore_begin(s, out);",
     "\tcase SWE_APPLY_FAILED:\n\t\tif (!s->killing)\n\t\t\tsw_rollback_begin(s, ev->error, out);\n"
     "\t\tbreak;\n\tcase SWE_WORKER_DIED:\n\t\tsw_written_end(s, true, out);"),
    (11, "the configuration alone makes a switch live", "plan.c",
     "ret->live = w->repaired &&", "ret->live = true &&"),
    (11, "every switch is live", "switch-rest.c", "s->live = plan->live;", "s->live = true;"),
    (12, "the gate stays closed", "switch-go.c",
     "\tif (s->gate_closed)\n\t\tsw_push(out, SWA_GATE_OPEN);", "\t;"),
    (12, "streams stop before the gate closes", "switch-rest.c",
     "\ts->gate_closed = true;\n\tsw_push(out, SWA_GATE_CLOSE);\n\tsw_quiesce_go_on(s, out);",
     "\ts->gate_closed = true;\n\tsw_quiesce_go_on(s, out);\n\tsw_push(out, SWA_GATE_CLOSE);"),
    (13, "a slip is not told", "switch-stream.c", "\ts->slipped = true;\n", ""),
    (13, "a newcomer's slip is not told", "switch-stream.c",
     "\t\tst->phase = SS_RESTED; /* too late to stop it */\n\tsw_stream_slipped(s, ps->id);",
     "\t\tst->phase = SS_RESTED; /* too late to stop it */"),
    (14, "a foreign stream is dropped", "plan-stream.c",
     "watched = { METHOD_WAIT,", "watched = { METHOD_DROP,"),
    (15, "busy, but who", "switch-rest.c",
     "sw_abandon(s, TACET_ERR_BUSY, st->id, out);", "sw_abandon(s, TACET_ERR_BUSY, 0, out);"),
    (15, "ours is called foreign", "switch-rest.c",
     "\telse if (st->method == METHOD_WAIT)", "\telse if (st->method != METHOD_WAIT)"),
    (16, "the outcome is stored before it is there", "switch-go.c",
     "\tabout_current(s, out, SWA_APPLY);",
     "\tabout_current(s, out, SWA_APPLY);\n\ts->journals_owed++;\n"
     "\tabout_current(s, out, SWA_COMMIT);"),
    (17, "shutdown is forgotten", "switch.c", "\t\ts->shutdown = true;\n", ""),
    (18, "the worker is killed again and again", "switch-write.c",
     "\tif (s->killing)\n\t\tsw_route_lost(s, true, out);",
     "\tif (false)\n\t\tsw_route_lost(s, true, out);"),
    (18, "a second worker writes beside one that lingers", "switch-go.c",
     "\ts->undead = undead;\n", ""),
    (19, "everybody is stopped at once", "switch-stream.c",
     "\tcase METHOD_WAIT:\n\t\treturn TURN_WAIT;", "\tcase METHOD_WAIT:\n\t\treturn TURN_STOP;"),
    (19, "a fallback does not wait for its turn", "switch-rest.c",
     "\tif (sw_stream_fall_back(st)) {",
     "\tif (sw_stream_fall_back(st)) {\n"
     "\t\t*sw_push(out, SWA_QUIESCE) = (struct sw_action){ .type = SWA_QUIESCE, "
     ".stream = st->id, .method = st->method };"),
]

FLAGS = ["-std=gnu17", "-D_GNU_SOURCE", "-O1", "-w", "-DWORLD_STREAMS_MAX=9",
         "-DSWITCH_QUEUE_MAX=1"]


class Builder:
    """Compiles once what no mutant changes."""

    def __init__(self, cc, root, out):
        self.cc, self.root, self.out = cc, root, out
        self.core = root / "daemon/core"
        self.includes = [f"-I{root / d}" for d in ("daemon", "tests/unit/core", "tests/model")]
        self.objects = {}

    def compile(self, source, target):
        subprocess.run([*self.cc, *FLAGS, *self.includes, "-c", source, "-o", target], check=True)
        return target

    def base(self, sources, pool):
        jobs = {s.name: pool.submit(self.compile, s, self.out / (s.name + ".o")) for s in sources}
        self.objects = {name: job.result() for name, job in jobs.items()}

    def mutant(self, number, file, old, new):
        text = (self.core / file).read_text()
        if text.count(old) != 1:
            raise SystemExit(f"mutants: {file} has {text.count(old)} times instead of once:\n{old}")
        source = self.out / f"mutant-{number}.c"
        source.write_text(text.replace(old, new))
        objects = dict(self.objects)
        objects[file] = self.compile(source, self.out / f"mutant-{number}.o")
        program = self.out / f"mutant-{number}"
        subprocess.run([*self.cc, *objects.values(), "-o", program], check=True)
        return program


def try_mutant(builder, number, mutant):
    invariant, why, file, old, new = mutant
    program = builder.mutant(number, file, old, new)
    run = subprocess.run([program, "--expect", str(invariant)], capture_output=True, text=True,
                         timeout=300, check=False)
    good = run.returncode == 0
    said = run.stdout.strip() or f"exit {run.returncode}"
    return good, f"{'ok' if good else 'NOT SEEN'} {invariant:2} {why}" + ("" if good else f": {said}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cc", default="cc")
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("sources", nargs="+", type=Path)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    builder = Builder(args.cc.split(), args.root, args.out)
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        builder.base(args.sources, pool)
        results = list(pool.map(lambda p: try_mutant(builder, *p), enumerate(MUTANTS, 1)))
    for _, line in results:
        print(line)
    missing = set(range(1, 20)) - {m[0] for m in MUTANTS}
    if missing:
        print(f"no mutant for invariant {sorted(missing)}")
    seen = sum(good for good, _ in results)
    print(f"{seen} of {len(results)} mutants were seen")
    return 0 if seen == len(results) and not missing else 1


if __name__ == "__main__":
    sys.exit(main())
