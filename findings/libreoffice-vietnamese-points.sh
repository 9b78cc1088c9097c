#!/usr/bin/env bash
# Software: LibreOffice Calc 7.4.7.2 (Debian 12: libreoffice-calc 4:7.4.7), locale vi_VN.
# Behaviour: in a table with decimal points that is opened and saved as CSV under the Vietnamese locale, a
#   point before exactly three digits is read as a separator of thousands, even after a leading zero:
#   0.125 becomes 125. A point before one, two or four digits leaves the cell as text, unchanged. So one
#   column keeps some of its numbers and has others multiplied by 1,000, without a warning.
# Seen: 0.125, 1.500 and 12.345 became 125, 1500 and 12345; 0.5, 1234.5 and 1.1450 stayed.
# Why it matters: limits and factors of stations are kept in such tables by officers whose computers are
#   Vietnamese. No number of digits is safe, and a check of the largest value sees nothing where
#   125 mg/L is as plausible as 0.125. Compare with the values that were entered last, and with
#   cells of the same column that kept their points.
# Prints what it saw; fails where a point before three digits is kept.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
command -v soffice >/dev/null || apt-get install -y -qq libreoffice-calc >/dev/null
cd "$folder"
soffice --version
cat >limits.csv <<'TABLE'
limit
0.125
1.500
12.345
0.5
1234.5
1.1450
TABLE
LC_ALL=vi_VN.UTF-8 soffice "-env:UserInstallation=file://$folder/profile" --headless \
  --convert-to csv --outdir saved limits.csv >/dev/null 2>&1
paste -d' ' limits.csv saved/limits.csv | tail -n +2 | sed 's/ / -> /'
[ "$(sed -n 2,4p saved/limits.csv | paste -sd' ')" = '125 1500 12345' ]
