#!/usr/bin/env bash
# Smoke test of an installed cnndsl: smoke_wheel.sh BIN SCRATCH, run away from the checkout.
set -euo pipefail
bin=$1 scratch=$2
cd "$scratch"
"$bin/cnndsl" --version
"$bin/cnndsl" zoo list > zoo.txt && grep -q vgg16 zoo.txt
"$bin/cnndsl" check vgg16
"$bin/cnndsl" summary lenet5 > lenet5.txt && grep -q 61,750 lenet5.txt
for backend in keras torch numpy; do
    "$bin/cnndsl" compile vgg16 --backend "$backend" -o "vgg16_$backend.py"
    "$bin/python" -m py_compile "vgg16_$backend.py"
done
"$bin/cnndsl" run lenet5
"$bin/cnndsl" zoo copy vgg16 copied
"$bin/cnndsl" check copied
printf 'model m {\n    input 8x8x3\n    cnov(4, 3x3)\n}\n' > broken.cnn
status=0
"$bin/cnndsl" check broken.cnn > broken.txt || status=$?
[ "$status" = 1 ] && grep -q 'did you mean `conv`' broken.txt
"$bin/python" - <<'PYTHON'
import cnndsl

network = cnndsl.load("lenet5", classes=6)
print(network.summary())
print(network.build("numpy").count_parameters())
PYTHON
echo "the wheel works"
