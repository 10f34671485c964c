"""`python -m infra.localcloud.machines.operators.cnpg`; upstream's arguments are passed over."""

from infra.localcloud.machines.operators.cnpg.operator import Operator
from infra.localcloud.machines.operators.serve import serve

if __name__ == "__main__":
    serve(Operator)
