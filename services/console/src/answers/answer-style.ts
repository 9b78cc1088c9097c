/** Of the answer page: narrow screens first, contrasts of WCAG AA, fonts of the device. */
export const answerStyle = `
:root { color-scheme: light; }
* { box-sizing: border-box; }
body {
  margin: 0; background: #f3f5f4; color: #1b1f1d;
  font: 1rem/1.6 system-ui, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', Arial, sans-serif;
}
header { background: #0b4f43; color: #fff; padding: 1rem max(1rem, calc((100% - 42rem) / 2)); }
header p { margin: 0; font-size: .9rem; }
h1 { margin: .25rem 0 0; font-size: 1.35rem; line-height: 1.4; }
h2 { margin: 0 0 .5rem; font-size: 1.1rem; line-height: 1.4; }
.en { display: block; color: #565f5b; font-size: .85rem; font-weight: 400; line-height: 1.45; }
header .en { color: #d5e6e0; }
main { max-width: 42rem; margin: 0 auto; padding: 1rem; }
section, form { background: #fff; border: 1px solid #d3dad7; border-radius: .5rem; padding: 1rem; margin-bottom: 1rem; }
dl { margin: 0; }
dl + dl { margin-top: 1rem; border-top: 2px solid #0b4f43; padding-top: .5rem; }
dl div { padding: .45rem 0; border-bottom: 1px solid #e6eae8; }
dl div:last-child { border-bottom: 0; }
dt { font-weight: 600; }
dt .en { display: inline; }
dd { margin: 0; overflow-wrap: anywhere; }
dd p { margin: 0; }
@media (min-width: 36rem) {
  dl div { display: grid; grid-template-columns: 13rem 1fr; gap: 1rem; }
  dt .en { display: block; }
}
.words { white-space: pre-line; overflow-wrap: anywhere; }
.question { border-left: .4rem solid #8a5a00; background: #fff8e8; }
.question p { margin: 0; }
.field { margin: 0 0 1.25rem; padding: 0; border: 0; min-width: 0; }
label, legend { display: block; font-weight: 600; margin-bottom: .25rem; padding: 0; }
.required { font-weight: 400; font-size: .85rem; color: #8c1d18; }
.hint { margin: 0 0 .25rem; font-size: .9rem; }
input, select, textarea {
  width: 100%; min-height: 2.75rem; padding: .5rem .6rem; font: inherit; color: inherit;
  background: #fff; border: 1px solid #66706c; border-radius: .35rem;
}
input[type=file] { border-style: dashed; padding: .6rem; }
input[type=checkbox] { width: 1.35rem; min-height: 1.35rem; height: 1.35rem; flex: none; margin: .15rem 0 0; }
.choice { display: flex; gap: .6rem; align-items: flex-start; padding: .55rem 0; font-weight: 400; }
.wrong { border-left: .25rem solid #b3261e; padding-left: .75rem; }
.fault { margin: 0 0 .25rem; color: #8c1d18; font-weight: 600; }
.fault .en { color: #8c1d18; }
.faults { background: #fdecea; border: 2px solid #b3261e; border-radius: .5rem; padding: 1rem; margin-bottom: 1rem; }
.faults ul { margin: 0; padding-left: 1.2rem; }
.faults a { color: #8c1d18; }
button {
  width: 100%; min-height: 3rem; padding: .5rem 1.5rem; font: inherit; font-weight: 600; cursor: pointer;
  color: #fff; background: #0b4f43; border: 0; border-radius: .35rem;
}
button:hover { background: #083a31; }
button .en { color: #d5e6e0; }
@media (min-width: 36rem) { button { width: auto; } }
:focus-visible { outline: 3px solid #1a56b0; outline-offset: 2px; }
.good { background: #e7f4ee; border-left: .4rem solid #0b6b4f; padding: .75rem 1rem; margin: 0 0 1rem; }
.plain { font-size: 1.15rem; font-weight: 600; margin: .5rem 0; }
footer { font-size: .9rem; }
footer p { margin: 0 0 .5rem; }
`;
