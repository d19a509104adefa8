"""Runs the queries on Spark: started by the test that compares, with a Python that has pyspark."""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main(folder: Path) -> None:
    """Read the work, answer it, write the answers."""
    from pyspark.sql import SparkSession  # type: ignore[import-not-found]

    work = json.loads((folder / "work.json").read_text())
    spark = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
    spark.conf.set("spark.sql.shuffle.partitions", "4")
    read = spark.read.schema(f"Records array<{work['schema']}>").option("recursiveFileLookup", "true")
    read.json(work["logs"]).createOrReplaceTempView("files")
    spark.sql(
        "SELECT record.*, replace(substr(record.eventTime, 1, 10), '-', '/') AS day "
        "FROM (SELECT explode(Records) AS record FROM files)"
    ).createOrReplaceTempView("cloudtrail")
    answers = {
        name: [row.asDict() for row in spark.sql(query).collect()] for name, query in work["queries"].items()
    }
    (folder / "answers.json").write_text(json.dumps(answers))
    spark.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
