"""What people curate: every file under ``seeds/`` as a frozen model, and every way such a file can be wrong.

Belongs here: the one definition of each seeds file, from which its JSON Schema is generated, and the checks
within and between the files. Must not: anything that is measured or computed; a value that a field of study
decides, which belongs in the files themselves.
"""

from pipelines.seeds.models import Seeds, schemas, write_schemas
from pipelines.seeds.problems import SeedsProblem
from pipelines.seeds.reading import check_seeds, load_seeds
from pipelines.seeds.taxonomies import TechnologySubdomain

__all__ = [
    "Seeds",
    "SeedsProblem",
    "TechnologySubdomain",
    "check_seeds",
    "load_seeds",
    "schemas",
    "write_schemas",
]
