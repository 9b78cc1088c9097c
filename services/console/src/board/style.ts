/**
 * The board's style: light and dark as the reader's system is, tables as cards on a phone. The lines
 * are high enough for the two marks of ế and ộ.
 */
export const style = `
:root{color-scheme:light dark;--ink:#16211d;--soft:#55645e;--line:#d9e0dc;--ground:#f5f7f6;--card:#fff;--link:#0b5f8a;--good:#176b3a;--warn:#8a5300;--bad:#b3261e;--idle:#55645e}
@media (prefers-color-scheme:dark){:root{--ink:#e6ece9;--soft:#a3b0aa;--line:#33403a;--ground:#111614;--card:#1a211e;--link:#7cc4ec;--good:#72d197;--warn:#f0b45c;--bad:#ff9a92;--idle:#a3b0aa}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:72rem;padding:0 1rem 2rem;background:var(--ground);color:var(--ink);font:1rem/1.55 system-ui,"Segoe UI",Roboto,"Noto Sans",sans-serif}
a{color:var(--link)}
a:focus-visible{outline:2px solid var(--link);outline-offset:2px}
.skip{position:absolute;left:-99rem}
.skip:focus{left:1rem;top:.5rem;background:var(--card);padding:.5rem}
h1{font-size:1.75rem;line-height:1.3;margin:0}
h2{font-size:1.25rem;line-height:1.4;margin:2rem 0 .75rem}
h3{font-size:.95rem;font-weight:600;margin:0 0 .25rem}
header{padding-top:1.25rem}
header p{margin:.25rem 0;color:var(--soft)}
.product{font-weight:600}
nav a,nav span{display:inline-block;padding:.25rem .75rem .25rem 0}
.en{color:var(--soft);font-size:.85em;font-weight:400}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,13rem),1fr));gap:.75rem;list-style:none;margin:0;padding:0}
.cards li,table{background:var(--card);border:1px solid var(--line);border-radius:.5rem}
.cards li{padding:.75rem 1rem;overflow-wrap:anywhere}
.cards p{margin:.25rem 0 0;font-size:.9rem}
.note{border-left:.3rem solid var(--bad);background:var(--card);padding:.75rem 1rem}
table{border-collapse:separate;border-spacing:0;width:100%}
th,td{text-align:left;vertical-align:top;padding:.5rem .75rem;border-top:1px solid var(--line)}
thead th{border-top:0;font-size:.9rem}
thead .en{white-space:nowrap}
tbody th{font-weight:400;overflow-wrap:anywhere}
th .part,th.part{padding-left:2rem;color:var(--soft)}
.flow{display:flex;flex-wrap:wrap;gap:0 2rem}
.flow table{flex:1 1 22rem;max-width:38rem}
.flow div{flex:1 1 16rem}
.flow td,.flow thead th+th{text-align:right;font-variant-numeric:tabular-nums}
.rows{font-size:.95rem}
.rows tbody th{width:38%}
.rows small{display:block;color:var(--soft);font-size:.85em}
.rows small.label{display:none}
.rows ul{list-style:none;margin:0;padding:0}
.rows .pill{display:block;white-space:nowrap}
.rows .pill .en{display:block}
.pill.good{color:var(--good)}.pill.warn{color:var(--warn)}.pill.bad{color:var(--bad)}.pill.idle{color:var(--idle)}
.raw{font-family:ui-monospace,"Noto Sans Mono",monospace;font-size:.9em;overflow-wrap:anywhere}
pre{white-space:pre-wrap;overflow-wrap:anywhere;font-size:.9rem}
footer{margin-top:2.5rem;border-top:1px solid var(--line);color:var(--soft);font-size:.9rem}
@media (max-width:44rem){
.rows thead{position:absolute;left:-99rem}
.rows,.rows tbody,.rows tr,.rows th,.rows td{display:block;width:auto}
.rows tr{padding:.5rem 0;border-top:1px solid var(--line)}
.rows tbody tr:first-child{border-top:0}
.rows tbody th{width:auto}
.rows th,.rows td{border:0;padding:.1rem .75rem}
.rows .pill .en{display:inline}
.rows small.label{display:inline;margin-right:.5rem}
}
`;
