# shellcheck shell=bash
# Each kind of process is killed at random moments of a load and started again. Nothing that was committed is lost, nothing
# comes twice: both sites equal the file in the end. HW_ROUNDS sets the rounds, HW_SEED repeats a run.
# Shows: breaks.19
# Shows: 5.kill
only_headwater "mupip load takes one transaction a record, which GT.M's does not promise"
ROUNDS=${HW_ROUNDS:-10}
RANDOM=${HW_SEED:=$RANDOM}
echo "rerun with HW_SEED=$HW_SEED"
instance A B
root A
link A B

# Nodes of both regions in random order, many of them again, with values of many sizes and bytes; then in collation order,
# in which sets reach the database file in groups; and so on in turn.
awk -v n=200000 'BEGIN {
  srand(7)
  for (i = 1; i <= n; i++) {
    g = (i % 3 == 0) ? "x" : ((i % 3 == 1) ? "a" : "xx")
    v = sprintf("%*s", int(rand() * 60), ""); gsub(/ /, "v", v)
    printf "^%s(%d,\"k%d\")=\"%s\"\"q\"\"\"_$C(%d)_\"%d\"\n", g, int(rand() * n), i, v, int(rand() * 32), i
  } }' >"$FOLDER/body"
{
  printf 'scenario data\n22-NOV-2026  00:00:00 ZWR\n'
  LC_ALL=C sort -t '(' -k 1,1 -k 2,2n "$FOLDER/body" >"$FOLDER/sorted"
  for again in 1 2 3 4 5; do
    if [[ $((again % 2)) == 0 ]]; then from=$FOLDER/body; else from=$FOLDER/sorted; fi
    sed "s/\"\$/ time $again\"/" "$from"
  done
} >"$FOLDER/data.zwr"
records=1000000

load_under_kills A B "$FOLDER/data.zwr" "$ROUNDS"
expect_equal A B
expect_transactions A $records $((2 * ROUNDS))
wanted=$(tail -n +3 "$FOLDER/data.zwr" | awk -F= '{ last[$1] = $0 } END { for (n in last) print last[n] }' |
  LC_ALL=C sort | sha256sum)
[[ $(extract B | LC_ALL=C sort | sha256sum) == "$wanted" ]] || fail "B does not hold what the file says"
