"""Random recurrence rules against python3-dateutil and zoneinfo, which share no code with ours.

Usage: recurrence_oracle_test.py EXPANDER [CASES] [SEED]. dateutil counts out the dates, zoneinfo turns them into moments.
"""
import datetime as dt
import random
import subprocess
import sys
from zoneinfo import ZoneInfo

try:
    from dateutil.rrule import rrulestr
except ImportError:
    print("skipped: python3-dateutil is not installed")
    sys.exit(77)

ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo", "Asia/Kolkata",
         "Pacific/Apia", "Africa/Casablanca", "Europe/Dublin", "Asia/Tehran", "America/St_Johns"]
# Local days around changes of the clock.
EDGES = [dt.datetime(2026, 3, 27), dt.datetime(2026, 3, 6), dt.datetime(2026, 10, 23), dt.datetime(2026, 10, 30),
         dt.datetime(2018, 11, 2), dt.datetime(2018, 2, 16), dt.datetime(2011, 12, 28), dt.datetime(2024, 2, 27),
         dt.datetime(2025, 12, 28), dt.datetime(2030, 10, 4), dt.datetime(2031, 3, 28)]
DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]


def some(rng, values, low=1, high=3):
    return rng.sample(list(values), rng.randint(low, high))


def random_rule(rng):
    freq = rng.choice(["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY"])
    parts = [f"FREQ={freq}"]
    chance = lambda p: rng.random() < p
    if chance(0.4) and freq != "MINUTELY":
        parts.append(f"INTERVAL={rng.randint(1, 5)}")
    is_stepping = freq in ("HOURLY", "MINUTELY")
    has_interval = len(parts) > 1
    chooses = 0
    if freq in ("YEARLY", "MONTHLY") and chance(0.5):
        # dateutil takes numbered and plain weekdays in one BYDAY as "both", so they are not mixed here.
        prefixes = rng.choice([[""], ["1", "2", "-1", "3"]])
        numbers = lambda: ",".join(f"{rng.choice(prefixes)}{d}" for d in some(rng, DAYS))
        if chance(0.5):
            parts.append("BYDAY=" + numbers())
            chooses += 1
        else:
            parts.append("BYMONTHDAY=" + ",".join(map(str, some(rng, [1, 2, 13, 15, 28, 29, 31, -1, -2, -5]))))
            chooses += 1
    elif freq in ("WEEKLY", "DAILY") or (is_stepping and not has_interval):
        if chance(0.5):
            parts.append("BYDAY=" + ",".join(some(rng, DAYS, 1, 4)))
            chooses += 1
        if freq in ("DAILY",) and chance(0.2):
            parts.append("BYMONTHDAY=" + ",".join(map(str, some(rng, range(1, 29), 2, 6))))
            chooses += 1
    may_month = not is_stepping or not has_interval
    if may_month and chance(0.25):
        parts.append("BYMONTH=" + ",".join(map(str, sorted(some(rng, range(1, 13), 1, 4)))))
    if not is_stepping and chance(0.3):
        parts.append("BYHOUR=" + ",".join(map(str, sorted(some(rng, [0, 1, 2, 3, 9, 17, 23])))))
    if not is_stepping and chance(0.2):
        parts.append("BYMINUTE=" + ",".join(map(str, sorted(some(rng, [0, 15, 30, 45, 59])))))
    if chooses and freq in ("YEARLY", "MONTHLY") and chance(0.3):
        parts.append(f"BYSETPOS={rng.choice([1, 2, -1, -2])}")
    if chance(0.2) and freq == "WEEKLY":
        parts.append(f"WKST={rng.choice(DAYS)}")
    if freq == "YEARLY" and chance(0.1):
        parts.append("BYYEARDAY=" + ",".join(map(str, some(rng, [1, 60, 100, 200, -1, 365]))))
        parts = [p for p in parts if not p.startswith(("BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS"))]
    # dateutil is wrong about January days of the last week of the year before (2022-01-01 is of week 52).
    if freq == "YEARLY" and chance(0.1):
        parts = [p for p in parts if p.startswith(("FREQ", "INTERVAL", "BYHOUR", "BYMINUTE"))]
        parts += ["BYWEEKNO=" + ",".join(map(str, some(rng, [2, 3, 20, 41, 51]))), f"BYDAY={rng.choice(DAYS)}"]
    end = rng.random()
    if end < 0.3:
        parts.append(f"COUNT={rng.randint(1, 60)}")
    elif end < 0.5:
        until = dt.datetime(rng.randint(2025, 2034), rng.randint(1, 12), rng.randint(1, 28), rng.randint(0, 23), 30)
        parts.append("UNTIL=" + until.strftime("%Y%m%dT%H%M%S"))
    return ";".join(parts)


def moment(local, zone):
    """Seconds since 1970: the first of two readings; a skipped one with the offset before (both are fold 0)."""
    return int(local.replace(tzinfo=zone, fold=0).timestamp())


def expected(case):
    zone = ZoneInfo(case["zone"])
    found = set()
    excluded_days = {d.date() for d in case["except"]}
    limit = dt.datetime(2037, 1, 1)
    rule = rrulestr(case["rule"], dtstart=case["start"])
    for n, local in enumerate(rule):
        if local >= limit or n > 12000:
            break
        if local.date() in excluded_days:
            continue
        at = moment(local, zone)
        if case["from"] is None or at >= case["from"]:
            found.add(at)
        if len(found) >= case["count"] + 30:
            break
    also = {moment(local, zone) for local in case["also"] if local.date() not in excluded_days}
    found |= {at for at in also if case["from"] is None or at >= case["from"]}
    return sorted(found)[:case["count"]]


def make_case(rng):
    start = rng.choice(EDGES) + dt.timedelta(days=rng.randint(-3, 3), hours=rng.randint(0, 23),
                                             minutes=rng.choice([0, 30, 59]))
    case = {"rule": random_rule(rng), "start": start, "zone": rng.choice(ZONES), "count": rng.randint(1, 40),
            "from": None, "except": [], "also": []}
    if rng.random() < 0.3 and not case["rule"].startswith(("FREQ=MINUTELY", "FREQ=HOURLY")):
        jump = start + dt.timedelta(days=rng.randint(0, 900), hours=rng.randint(0, 23))
        case["from"] = int(jump.replace(tzinfo=dt.timezone.utc).timestamp())
    if rng.random() < 0.3:
        case["except"] = [start + dt.timedelta(days=rng.randint(0, 40)) for _ in range(rng.randint(1, 4))]
    if rng.random() < 0.2:
        case["also"] = [start + dt.timedelta(days=rng.randint(0, 400), hours=rng.randint(0, 23))
                        for _ in range(rng.randint(1, 3))]
    return case


def line_of(case):
    text = lambda t: t.strftime("%Y-%m-%dT%H:%M:%S")
    return "|".join([case["rule"], text(case["start"]), case["zone"], str(case["count"]),
                     "" if case["from"] is None else str(case["from"] * 1000),
                     ",".join(d.strftime("%Y-%m-%d") for d in case["except"]), ",".join(map(text, case["also"]))])


def main():
    expander, cases = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 250
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 20260329
    rng = random.Random(seed)
    batch = [make_case(rng) for _ in range(cases)]
    out = subprocess.run([expander], input="\n".join(map(line_of, batch)) + "\n", capture_output=True, text=True,
                         timeout=120, check=True).stdout.splitlines()
    assert len(out) == len(batch), f"{len(out)} answers to {len(batch)} cases"
    different, compared, beyond = 0, 0, int(dt.datetime(2037, 1, 1, tzinfo=dt.timezone.utc).timestamp())
    for case, answer in zip(batch, out):
        wanted = expected(case)
        if answer.startswith("error"):
            print(f"refused: {line_of(case)}\n  {answer}")
            different += 1
            continue
        got = [n for n in map(int, answer.split()) if n < beyond - 86400]
        wanted = [n for n in wanted if n < beyond - 86400]
        compared += len(wanted)
        if got[:len(wanted)] != wanted or (len(got) > len(wanted) and len(wanted) < 25 and len(wanted) < case["count"]):
            different += 1
            if different <= 12:
                first = next((i for i, (a, b) in enumerate(zip(got, wanted)) if a != b), min(len(got), len(wanted)))
                show = lambda n: dt.datetime.fromtimestamp(n, ZoneInfo(case["zone"])).isoformat()
                print(f"differs: {line_of(case)}\n  at {first}: ours {list(map(show, got[first:first + 3]))}"
                      f"\n  dateutil {list(map(show, wanted[first:first + 3]))}")
    print(f"seed {seed}: {len(batch)} rules, {compared} moments, {different} different")
    return 1 if different else 0


sys.exit(main())
