# SPDX-License-Identifier: Apache-2.0
"""What people run works in a cell: the pinned Python with its packages, a shell, threads and processes."""

from cells import BUILD, CellTestCase, each_identity

NUMERICAL = """
import io, numpy, pandas, polars, pyarrow, pyarrow.parquet, scipy.linalg, sklearn.linear_model, statsmodels.api
import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plot
rng = numpy.random.default_rng(1)
x = rng.normal(size=(2000, 5)); y = x @ [1, 2, 3, 4, 5] + rng.normal(size=2000)
assert abs(scipy.linalg.svd(x, compute_uv=False)[0]) > 0
model = sklearn.linear_model.LinearRegression(n_jobs=2).fit(x, y)
frame = pandas.DataFrame(x).assign(y=y)
assert frame.groupby(frame[0] > 0).mean().shape == (2, 6)
table = pyarrow.Table.from_pandas(frame)
pyarrow.parquet.write_table(table, "/tmp/t.parquet")
assert polars.read_parquet("/tmp/t.parquet").height == 2000
plot.plot(y); plot.savefig("/tmp/p.png")
print(round(model.coef_.sum()))
"""

PROCESSES = """
import asyncio, concurrent.futures, multiprocessing, multiprocessing.shared_memory, os, pty, subprocess
if __name__ == "__main__":
    with concurrent.futures.ProcessPoolExecutor(2) as pool: assert list(pool.map(abs, [-1, -2])) == [1, 2]
    shared = multiprocessing.shared_memory.SharedMemory(create=True, size=64); shared.close(); shared.unlink()
    queue = multiprocessing.Queue(); child = multiprocessing.Process(target=queue.put, args=(7,)); child.start()
    assert queue.get() == 7; child.join()
    async def hello():
        process = await asyncio.create_subprocess_exec("/bin/echo", "hi", stdout=asyncio.subprocess.PIPE)
        assert (await process.communicate())[0] == b"hi\\n"
        server = await asyncio.start_server(lambda r, w: w.close(), "127.0.0.1", 0)
        await asyncio.open_connection(*server.sockets[0].getsockname())
    asyncio.run(hello())
    line = "set -e; cd /tmp; ulimit -c 0; echo a b | tr a-z A-Z > x; sort x | wc -l; ls /usr/bin | tail -1; date; "
    line += "id -un; cp x y; sleep 0 & wait; mkfifo f; printf '%s' $((6*7))"
    out = subprocess.check_output(["bash", "-c", line], text=True)
    assert out.endswith("42") and "cell" in out, out
    pid, master = pty.fork()
    if pid == 0: os.execv("/bin/stty", ["stty", "-a"])
    assert b"speed" in os.read(master, 4096)
    print("done")
"""

KERNEL = """
import os, tempfile
from jupyter_client import KernelManager
manager = KernelManager(transport="ipc", ip=tempfile.mkdtemp() + "/k")
manager.start_kernel(extra_arguments=["--IPKernelApp.capture_fd_output=False"])
client = manager.blocking_client(); client.start_channels(); client.wait_for_ready(timeout=60)
reply = client.execute_interactive("import socket; socket.socket().connect(('203.0.113.80', 80))", timeout=60,
                                   output_hook=lambda message: None)
print(reply["content"]["ename"])
manager.shutdown_kernel(now=True)
"""


class WorkloadTest(CellTestCase):
    def run_pinned(self, identity, code):
        mounts = [{"source": str(BUILD / "python"), "target": "/cloister/python"}]
        environment = ["PATH=/cloister/python/bin:/usr/bin:/bin", "HOME=/home/me", "LANG=C.UTF-8"]
        arguments = ["/cloister/python/bin/python3", "/home/me/script.py"]
        files = [{"target": "/home/me/script.py", "content": code}]
        running = self.run_cell(
            identity,
            arguments,
            mounts=mounts,
            environment=environment,
            files=files,
            private_folder="/home/me",
            folder="/home/me",
        )
        self.assertEqual(running.exit["code"], 0, running.stderr)
        return running

    @each_identity
    def test_numerical_packages(self, identity):
        running = self.run_pinned(identity, NUMERICAL)
        self.assertEqual((running.stdout.strip(), running.attempts), ("15", []), running.stderr)

    @each_identity
    def test_processes_threads_and_shells(self, identity):
        running = self.run_pinned(identity, PROCESSES)
        self.assertEqual((running.stdout.strip(), running.attempts), ("done", []), running.stderr)

    @each_identity
    def test_a_jupyter_kernel(self, identity):
        running = self.run_pinned(identity, KERNEL)
        self.assertEqual(running.stdout.strip(), "OSError", running.stderr)
        self.assertEqual([attempt["address"] for attempt in running.attempts], ["203.0.113.80"])
