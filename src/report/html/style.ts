/** Line colours that read on white and on black. */
export const palette = [
  '#4e79a7',
  '#f28e2b',
  '#e15759',
  '#2a9d8f',
  '#59a14f',
  '#b8860b',
  '#b07aa1',
  '#d6708b',
  '#9c755f',
  '#7f8c8d',
] as const;

/** The page's style: light and dark, narrow screens, paper. */
export const style = `
:root { color-scheme: light dark; --ground: #fff; --text: #1b1f24; --faint: #667; --line: #d5d9de; --panel: #f5f7f9; --good: #1a7f37; --bad: #b3261e; --doubtful: #8a5a00; }
@media (prefers-color-scheme: dark) { :root { --ground: #14171a; --text: #e6e8ea; --faint: #98a1aa; --line: #363c43; --panel: #1d2126; --good: #57c271; --bad: #ff8a80; --doubtful: #e3b341; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 72rem; background: var(--ground); color: var(--text); font: 15px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; margin: .5rem 0; } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; } h3 { font-size: 1rem; margin: 1rem 0 .3rem; }
.conclusion { font-size: 1.05rem; padding: .8rem 1rem; background: var(--panel); border-left: 4px solid var(--faint); border-radius: 4px; }
.faint { color: var(--faint); } .good { color: var(--good); } .bad { color: var(--bad); font-weight: 600; } .doubtful { color: var(--doubtful); }
.scroll { overflow-x: auto; } table { border-collapse: collapse; min-width: 100%; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--faint); padding: .3rem 0; } th, td { padding: .25rem .6rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
th:first-child { text-align: left; } .words { text-align: left; white-space: normal; min-width: 8rem; } thead th { color: var(--faint); font-weight: 500; vertical-align: bottom; } .scroll th { white-space: normal; overflow-wrap: normal; }
details { margin: .6rem 0; } summary { cursor: pointer; color: var(--faint); } ul { padding-left: 1.2rem; }
.chart { min-height: 300px; margin: .5rem 0; } .u-legend { font-size: 13px; text-align: left; } .u-legend th, .u-legend td { border: 0; padding: .1rem .3rem; }
.bar { display: flex; height: 1.4rem; border-radius: 3px; overflow: hidden; print-color-adjust: exact; -webkit-print-color-adjust: exact; } .bar i { display: block; height: 100%; min-width: 1px; }
.key { display: inline-block; width: .8rem; height: .8rem; border-radius: 2px; margin-right: .3rem; print-color-adjust: exact; -webkit-print-color-adjust: exact; } .keys span { margin-right: 1rem; white-space: nowrap; }
.bars { display: grid; grid-template-columns: minmax(6rem, max-content) 1fr max-content; gap: .3rem .8rem; align-items: center; } .bars b { font-weight: 500; }
.line { position: relative; height: 1.5rem; background: var(--panel); margin: 2px 0; print-color-adjust: exact; -webkit-print-color-adjust: exact; } .line i { position: absolute; top: 2px; bottom: 2px; min-width: 2px; border-radius: 3px; } .line em { position: absolute; left: .4rem; font-style: normal; font-size: 12px; line-height: 1.5rem; z-index: 1; }
.sweep { width: 100%; max-width: 48rem; height: auto; } .sweep polyline { fill: none; stroke: #4e79a7; stroke-width: 2; } .sweep circle { fill: #4e79a7; } .sweep text { fill: var(--faint); font-size: 12px; } .sweep .grid { stroke: var(--line); } .sweep line.knee { stroke: #e15759; stroke-dasharray: 4 3; } .sweep circle.knee { fill: #e15759; }
.axis { display: flex; justify-content: space-between; color: var(--faint); font-size: 12px; }
@media (max-width: 40rem) { body { padding: .6rem; font-size: 14px; } .bars { grid-template-columns: 1fr max-content; } .bars .bar { grid-column: 1 / -1; grid-row: auto; } th, td { padding: .25rem .4rem; } }
@media print { :root { color-scheme: light; --ground: #fff; --text: #000; --faint: #555; --line: #bbb; --panel: #f3f3f3; } body { max-width: none; padding: 0; font-size: 11px; } section { break-inside: avoid-page; } details > summary { list-style: none; } .scroll { overflow: visible; } th, td { padding: .15rem .3rem; } }
`;
