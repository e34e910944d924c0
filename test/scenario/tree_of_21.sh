# shellcheck shell=bash
# A tree of 21 instances on one machine, 1 + 4 + 16, under load while it is put together: all digests are equal.
# Shows: 5.tree 2.names-root
middle=(B C D E)
instance A "${middle[@]}"
leaves=()
for parent in "${middle[@]}"; do
  for n in 1 2 3 4; do
    instance "$parent$n"
    leaves+=("$parent$n")
  done
done
root A
for parent in "${middle[@]}"; do link A "$parent"; done
application A
for leaf in "${leaves[@]}"; do link "${leaf%?}" "$leaf"; done
stop_application A
update A 500
expect_equal A "${middle[@]}" "${leaves[@]}"
for leaf in "${leaves[@]}"; do expect_history "$leaf" "A 1 1"; done
