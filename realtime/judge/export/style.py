"""How the score sheet looks, on the screen and on A4."""

STYLE = """
@page { size: A4; margin: 11mm 14mm; }
* { box-sizing: border-box; }
:root { --ink: #16202c; --soft: #5a6673; --line: #c9d1d9; --mark: #b3261e; --curve: #0b5cad; }
body { color: var(--ink); background: #fff; margin: 0 auto; padding: 8mm; max-width: 198mm;
  font: 9.5pt/1.3 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  -webkit-print-color-adjust: exact; print-color-adjust: exact; }
header { display: flex; justify-content: space-between; align-items: flex-start; gap: 6mm;
  border-bottom: 2px solid var(--ink); padding-bottom: 2mm; }
h1 { font-size: 17pt; line-height: 1.15; margin: 0; }
header p { margin: .5mm 0 0; color: var(--soft); }
header strong { border: 1.5px solid var(--mark); color: var(--mark); padding: .8mm 3mm;
  letter-spacing: .08em; text-transform: uppercase; font-size: 10pt; white-space: nowrap; }
dl { display: grid; grid-template-columns: 2fr 2fr .7fr 1.5fr; gap: 4mm; margin: 3mm 0; }
dt { color: var(--soft); font-size: 8pt; }
dd { margin: 0; border-bottom: 1px solid var(--line); font-weight: 600; overflow-wrap: anywhere; }
.result { display: grid; grid-template-columns: 50mm 1fr; gap: 6mm; align-items: center;
  background: #f2f5f8; padding: 3mm 5mm; }
.result div { text-align: center; }
.result p { margin: 0; color: var(--soft); font-size: 9pt; }
.result b { font-size: 34pt; line-height: 1.1; font-variant-numeric: tabular-nums; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
td, th { padding: .5mm 2mm; text-align: left; border-bottom: 1px solid var(--line);
  font-weight: 400; overflow-wrap: anywhere; }
tr:first-child th { color: var(--soft); font-size: 8pt; }
.result td:last-child, .counts td { text-align: right; white-space: nowrap; }
.counts th { text-align: right; }
.counts th:first-child { text-align: left; font-weight: 600; }
ul { margin: 3mm 0 0; padding: 2mm 3mm 2mm 8mm; border-left: 3px solid var(--mark);
  background: #fbeeed; }
h2 { font-size: 10.5pt; margin: 3.5mm 0 .5mm; }
figure { margin: 0; break-inside: avoid; }
svg { width: 100%; height: auto; display: block; }
svg text { font-size: 9.5px; fill: var(--soft); }
svg .grid { stroke: #e4e9ee; } svg .axis { stroke: var(--soft); }
svg .switch { stroke: var(--ink); stroke-dasharray: 4 3; }
svg polyline { fill: none; stroke-linejoin: round; }
svg .cadence { stroke: var(--curve); stroke-width: 1.4; }
svg .judge { stroke: var(--ink); stroke-width: 1.3; }
svg .miss { stroke: var(--mark); stroke-width: 2; fill: none; }
svg .flag { fill: #c77700; }
figcaption { color: var(--soft); font-size: 8pt; white-space: pre; }
.review { display: grid; grid-template-columns: 1fr 1.4fr; gap: 8mm; }
.review td, .review th { padding: .35mm 2mm; }
.review p { margin: 0; color: var(--soft); }
.sign { display: grid; grid-template-columns: repeat(3, 1fr); gap: 8mm; margin-top: 9mm;
  break-inside: avoid; }
.sign p { border-top: 1px solid var(--ink); margin: 0; padding-top: 1mm; color: var(--soft);
  font-size: 8pt; }
footer { margin-top: 2mm; color: var(--soft); font-size: 8pt; overflow-wrap: anywhere; }
tr { break-inside: avoid; }
@media print { body { padding: 0; max-width: none; } }
@media screen and (max-width: 600px) {
  body { padding: 4mm; }
  dl, .result, .review { grid-template-columns: 1fr; }
}
"""
