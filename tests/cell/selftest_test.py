# SPDX-License-Identifier: Apache-2.0
"""`cloister selftest`: nothing escapes, as root and as a plain user; and each probe can tell when a wall is missing."""

import json
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from cells import BIN, BUILD, as_identity, each_identity

WEAKENED = BUILD / "tests" / "weakened" / "cloister-cell"
PROGRAMS = ("selftest-driver", "cloister-probe", "cloister-seal")
PROBES_MIN = 60

# N20 (an approved host), the browser, the GPU and the assistant come with their parts.
FLOOR = (
    [f"N{number}" for number in range(1, 20)]
    + [f"I{number}" for number in range(1, 8)]
    + [f"F{number}" for number in range(1, 11)]
    + [f"P{number}" for number in range(1, 8)]
    + [f"R{number}" for number in range(1, 9)]
)


class SelftestCase(unittest.TestCase):
    def run_selftest(self, identity, *, only=None, weaken=()):
        with tempfile.TemporaryDirectory(prefix="cloister-selftest-test-", dir="/tmp") as name:
            folder = Path(name)
            folder.chmod(0o755)
            for program in PROGRAMS:
                shutil.copy2(BIN / program, folder / program)
            shutil.copy2(WEAKENED if weaken else BIN / "cloister-cell", folder / "cloister-cell")
            (folder / "weaken").write_text(" ".join(weaken))
            command = [str(folder / "selftest-driver"), *(["--only", only] if only else [])]
            pipe = subprocess.PIPE
            with subprocess.Popen(as_identity(identity, command), stdout=pipe, stderr=pipe, text=True, cwd="/") as run:
                output, complaints = run.communicate(timeout=600)
        self.assertIn(run.returncode, (0, 4), complaints)
        left = [str(path) for path in Path("/tmp").glob(f"cloister-selftest-{run.pid}-*")]
        self.assertEqual(left, [], "the outside world leaves nothing behind")
        report = json.loads(output)
        report["exit_code"] = run.returncode
        report["by_id"] = {probe["id"]: probe for probe in report["probes"]}
        return report


class Selftest(SelftestCase):
    @each_identity
    def test_nothing_escapes(self, identity):
        report = self.run_selftest(identity)
        counts = {key: value for key, value in report.items() if isinstance(value, int)}
        print(f"selftest as {identity}: {len(report['probes'])} probes, {counts}")
        bad = [
            probe
            for probe in report["probes"]
            if probe["cell"] in ("escaped", "unknown") or probe["control"] == "failed"
        ]
        self.assertEqual(bad, [], json.dumps(bad, indent=1))
        self.assertEqual(report["exit_code"], 0)
        self.assertEqual(len(report["by_id"]), len(report["probes"]), "an id names one probe")

        proved = [probe for probe in report["probes"] if probe["cell"] == "held" and probe["control"] == "works"]
        self.assertGreaterEqual(len(proved), PROBES_MIN)
        self.assertEqual(report["held"], len(proved), "what no control proves does not count as held")
        families = {re.match(r"[A-Z]+\d+", probe["id"])[0] for probe in report["probes"] if probe["id"][0].isupper()}
        self.assertEqual(sorted(set(FLOOR) - families), [])
        for probe in report["probes"]:
            if probe["control"] == "unavailable":
                self.assertTrue(probe["control_errno"] or "signal" in probe["control_detail"], probe)
                self.assertEqual(probe["cell"], "unavailable", probe)
            if probe["id"].startswith("intended"):
                self.assertEqual(probe["cell"], "intended", probe)

    @each_identity
    def test_refused_network_attempts_are_recorded(self, identity):
        report = self.run_selftest(identity, only="N1,N3,N8,N11")
        silent = [probe["id"] for probe in report["probes"] if probe["recorded"] == 0]
        self.assertEqual(silent, [])

    def test_only_names_a_probe_or_a_group(self):
        report = self.run_selftest("user", only="F2-dataset,N10")
        ids = set(report["by_id"])
        self.assertIn("F2-dataset", ids)
        self.assertIn("N10-loopback4", ids)
        self.assertTrue(all(name == "F2-dataset" or name.startswith("N10-") for name in ids), ids)


@unittest.skipUnless(WEAKENED.exists(), "built without CLOISTER_TEST_WEAKENING")
class WeakenedSelftest(SelftestCase):
    """With a protection switched off in a test build, just the probes behind it must report an escape."""

    def check(self, identity, weaken, escaping, held=()):
        only = ",".join([*escaping, *held])
        whole = self.run_selftest(identity, only=only)
        weak = self.run_selftest(identity, only=only, weaken=weaken)
        print(
            f"selftest as {identity} without {'+'.join(weaken)}: {weak['escaped']} of {len(weak['probes'])} escape; "
            f"with it: {whole['escaped']} of {len(whole['probes'])}"
        )
        self.assertEqual(whole["escaped"], 0)
        missed = [name for name in escaping if weak["by_id"][name]["cell"] != "escaped"]
        self.assertEqual(missed, [], json.dumps(weak["probes"], indent=1))
        for name in held:
            self.assertEqual(weak["by_id"][name]["cell"], "held", weak["by_id"][name])
        self.assertEqual(weak["exit_code"], 4)

    @each_identity
    def test_without_seccomp(self, identity):
        self.check(
            identity,
            ["seccomp"],
            ["N8-vsock", "P4-ring", "P4-user-fault", "I7-session-key", "P3-trace-child", "N16-foreign-call"],
            ["N1-tcp4", "N10-loopback4", "I2-path-stream"],
        )

    @each_identity
    def test_without_network_namespace_and_seccomp(self, identity):
        self.check(
            identity,
            ["network-namespace", "seccomp"],
            ["N1-tcp4", "N3-udp4", "N5-resolver-udp", "N10-loopback4", "N11-metadata", "N12-ring-connect",
             "N14-mapped-tcp", "N18-grandchild"],
            ["I2-path-stream", "F2-dataset"],
        )  # fmt: skip

    @each_identity
    def test_without_network_namespace_the_recorder_still_refuses(self, identity):
        # The filter alone holds what it sees; it cannot hold a race, so no probe of races here.
        self.check(identity, ["network-namespace"], ["intended-loopback"], ["N1-tcp4", "N3-udp4"])

    @each_identity
    def test_without_network_namespace_seccomp_and_landlock(self, identity):
        self.check(
            identity,
            ["network-namespace", "seccomp", "landlock"],
            ["I1-abstract-stream", "I1-abstract-datagram", "I4-x11-abstract"],
            ["I2-path-stream"],
        )


if __name__ == "__main__":
    unittest.main()
