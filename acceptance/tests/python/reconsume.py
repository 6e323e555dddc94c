"""Runs `fedora-messaging reconsume` for each id on standard input, in one process, and prints what its
callback was given: a JSON object a line."""

import json
import sys

from click.testing import CliRunner
from fedora_messaging.cli import cli

configuration, url, callback = sys.argv[1:4]
runner = CliRunner()
for line in sys.stdin:
    options = ["--conf", configuration, "reconsume", "--datagrepper-url", url, "--callback-file", callback, line.strip()]
    result = runner.invoke(cli, options)
    given = [text for text in result.output.splitlines() if text.startswith("{")]
    if result.exit_code != 0 or len(given) != 1:
        sys.exit(f"{line.strip()}: exit {result.exit_code}: {result.output} {result.exception!r}")
    print(given[0])
