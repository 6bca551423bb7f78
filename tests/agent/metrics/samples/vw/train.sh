# needs: vowpalwabbit
python3 - <<'END'
import random
random.seed(2)
with open("train.vw", "w") as f:
    for _ in range(3000):
        x = [random.random() for _ in range(4)]
        print(1 if x[0] + x[1] > x[2] + x[3] else -1, "| " + " ".join("f%d:%.4f" % p for p in enumerate(x)), file=f)
END
python -c "
import vowpalwabbit
vw = vowpalwabbit.Workspace('-d train.vw --loss_function logistic --passes 2 -c -k --holdout_off', enable_logging=False)
vw.finish()
" 2>&1 || vw -d train.vw --loss_function logistic 2>&1
