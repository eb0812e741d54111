# Applies a hunk file (see sqlite.hunks for its form) to a source file.
#
#   awk -f apply-hunks.awk sqlite.hunks sqlite3.c > patched.c
#
# Exit status 1, with one line on stderr per fault, unless every hunk applied exactly once.

function fault(message) { print "apply-hunks: " message > "/dev/stderr"; faults++ }

FNR == 1 { fileNumber++ }

fileNumber == 1 {
  if ($0 ~ /^#/ || $0 == "") next
  sign = substr($0, 1, 1)
  rest = substr($0, 3)
  if (sign == "@") { count++; scope[count] = rest }
  else if (count && sign == ">" && anchor[count] == "") anchor[count] = rest
  else if (count && sign ~ /[+^=]/ && (mode[count] == "" || mode[count] == sign)) {
    mode[count] = sign
    text[count] = text[count] rest "\n"
  }
  else { fault(FILENAME ":" FNR ": not a line of a hunk"); exit 1 }
  next
}

{
  # A scope ends where its function, struct or VDBE instruction ends.
  ends = /^}/ || /^case OP_/
  line = $0
  sub(/^[ \t]+/, "", line)
  keep = 1
  before = after = ""
  for (i = 1; i <= count; i++) {
    if (index($0, scope[i]) == 1) { seen[i]++; open[i] = 1 }
    else if (ends) open[i] = 0
    else if (open[i] && line == anchor[i]) {
      open[i] = 0
      applied[i]++
      if (mode[i] == "=") keep = 0
      if (mode[i] == "^") before = before text[i]
      else after = after text[i]
    }
  }
  printf "%s", before
  if (keep) print
  printf "%s", after
}

END {
  if (!faults && !count) fault("no hunks were given")
  for (i = 1; i <= count && !faults; i++) {
    if (anchor[i] == "" || text[i] == "") fault("hunk \"" scope[i] "\" is incomplete")
  }
  for (i = 1; i <= count && fileNumber > 1; i++) {
    if (seen[i] != 1) fault("scope \"" scope[i] "\" occurs " (seen[i] + 0) " times, not once")
    else if (applied[i] != 1) fault("no line \"" anchor[i] "\" behind \"" scope[i] "\"")
  }
  exit faults ? 1 : 0
}
