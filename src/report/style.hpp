// SPDX-License-Identifier: Apache-2.0
// The one look of all reports. Colours: Okabe and Ito's palette, told apart by colour-blind people.
#pragma once

namespace cloister::report {

inline constexpr char style_sheet[] = R"css(
:root { --ink: #1b1f24; --soft: #57606a; --paper: #ffffff; --line: #d7dce1; --panel: #f5f7f9;
        --bar: #0072b2; --held: #00664c; --failed: #a63a00; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8eaed; --soft: #a5adb6; --paper: #15181c; --line: #343a41; --panel: #1e2227;
          --bar: #56b4e9; --held: #4cc9a0; --failed: #ff9d5c; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 2.5rem 1.5rem 4rem; background: var(--paper); color: var(--ink);
       font: 16px/1.55 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
h1 { font-size: 2rem; line-height: 1.2; margin: 0 0 .3rem; }
h2 { font-size: 1.3rem; margin: 2.6rem 0 .8rem; padding-top: 1rem; border-top: 1px solid var(--line); }
p { margin: .6rem 0; } a { color: var(--bar); }
.subtitle { color: var(--soft); margin: 0 0 1.2rem; }
.summary { background: var(--panel); border-left: 4px solid var(--bar); padding: .8rem 1.2rem; margin: 1.4rem 0; }
.summary p { font-size: 1.08rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.2rem; margin: .8rem 0; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
table { border-collapse: collapse; width: 100%; margin: .8rem 0; font-size: .94rem; }
caption { text-align: left; color: var(--soft); padding-bottom: .3rem; }
th, td { text-align: left; padding: .35rem .7rem .35rem 0; border-bottom: 1px solid var(--line); vertical-align: top;
         overflow-wrap: anywhere; }
th { color: var(--soft); font-weight: 600; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
pre { background: var(--panel); padding: .8rem 1rem; overflow-x: auto; white-space: pre-wrap; overflow-wrap: anywhere;
      font: .86rem/1.5 ui-monospace, "DejaVu Sans Mono", monospace; }
nav ol { margin: .4rem 0; padding-left: 1.4rem; columns: 2; } nav { margin: 1.4rem 0; }
ul.claims { list-style: none; padding: 0; } ul.claims li { margin: .55rem 0; padding-left: 6.4rem; position: relative; }
.badge { position: absolute; left: 0; width: 5.8rem; font-weight: 600; } .evidence { color: var(--soft); display: block; }
.held { color: var(--held); } .failed { color: var(--failed); } .noted { color: var(--soft); }
svg.chart { width: 100%; height: auto; font: 13px system-ui, "DejaVu Sans", sans-serif; margin: .4rem 0; }
svg text { fill: var(--ink); } svg .value { fill: var(--soft); }
svg .bar { fill: var(--bar); } svg .axis, svg .grid { stroke: var(--line); stroke-width: 1; }
figure { margin: 1rem 0; } figcaption { color: var(--soft); } img { max-width: 100%; background: #fff; }
footer { margin-top: 3rem; border-top: 1px solid var(--line); padding-top: 1rem; color: var(--soft); }
@media print { body { max-width: none; padding: 0; font-size: 11pt; } h2 { break-after: avoid; }
  table, figure, li { break-inside: avoid; } @page { size: A4; margin: 18mm; } }
@media (max-width: 40rem) { nav ol { columns: 1; } dl { grid-template-columns: 1fr; } }
)css";

}  // namespace cloister::report
