"""How the report looks, on the screen and on paper: no scripts, no fonts or pictures from elsewhere."""

STYLE = """
:root{--ink:#1d2430;--soft:#5a6472;--line:#d9dee5;--due:#9c2f1f;--wait:#7d8896;--pale:#eef1f5;color-scheme:light}
*{box-sizing:border-box}
body{margin:0;background:#fff;color:var(--ink);font:15px/1.5 "Noto Sans CJK SC","Source Han Sans SC","PingFang SC",
"Microsoft YaHei",system-ui,sans-serif;-webkit-print-color-adjust:exact;print-color-adjust:exact}
main.en{font-family:system-ui,"Noto Sans","Noto Sans CJK SC",sans-serif}
main{max-width:64rem;margin:0 auto;padding:1.5rem 1.25rem 3rem}
.which{position:absolute;opacity:0}
.languages{max-width:64rem;margin:0 auto;padding:.75rem 1.25rem 0;text-align:right}
.languages label{display:inline-block;padding:.15rem .7rem;border:1px solid var(--line);color:var(--soft);
cursor:pointer}
.which:checked+label{background:var(--ink);color:#fff;border-color:var(--ink)}
.which:focus-visible+label{outline:3px solid #2b6cb0;outline-offset:2px}
body:has(#zh:checked) main.en,body:has(#en:checked) main.zh{display:none}
h1{font-size:1.7rem;line-height:1.25;margin:0}
h2{font-size:1.2rem;margin:2.2rem 0 .3rem;padding-top:.6rem;border-top:2px solid var(--ink)}
h3{font-size:1rem;margin:1.2rem 0 .2rem}
p{margin:.3rem 0}
.soft{color:var(--soft)}
.figures{display:grid;grid-template-columns:repeat(4,1fr);gap:.75rem;margin:1.2rem 0 0;padding:0;list-style:none}
.figures li{border:1px solid var(--line);border-top:4px solid var(--ink);padding:.6rem .8rem}
.figures li.due{border-top-color:var(--due)}
.figures li.wait{border-top-color:var(--wait)}
.figures b{display:block;font-size:1.6rem;line-height:1.2;font-variant-numeric:tabular-nums}
table{border-collapse:collapse;width:100%;margin:.6rem 0}
th{text-align:left;font-weight:600;color:var(--soft);border-bottom:1px solid var(--ink);padding:.25rem .5rem .25rem 0;
vertical-align:bottom}
td{border-bottom:1px solid var(--line);padding:.35rem .5rem .35rem 0;vertical-align:top}
th:last-child,td:last-child{padding-right:0}
.n+:last-child:not(.n){padding-left:.6rem}
.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
.small{font-size:.85rem}
blockquote,td{overflow-wrap:anywhere}
.id{white-space:nowrap}
blockquote{margin:.15rem 0 0;padding-left:.7rem;border-left:3px solid var(--line);color:var(--soft);font-size:.87rem}
.mark{display:inline-block;padding:0 .4rem;border:1px solid var(--due);color:var(--due);font-size:.8rem;
margin-right:.4rem}
.mark.urgent{background:var(--due);color:#fff}
.bar{display:flex;height:.85rem;background:var(--pale);min-width:9rem;margin-top:.3rem}
.bar i{background:var(--due)}
.bar u{background:repeating-linear-gradient(45deg,var(--wait) 0 3px,#c9d0d8 3px 6px)}
.bar i,.bar u{min-width:2px}
.key span{display:inline-block;width:1.6rem;height:.75rem;margin:0 .35rem 0 .9rem;vertical-align:-.05rem}
.key .i{background:var(--due);margin-left:0}
.key .u{background:repeating-linear-gradient(45deg,var(--wait) 0 3px,#c9d0d8 3px 6px)}
.key .r{background:var(--pale);border:1px solid var(--line)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem;margin:.6rem 0;font-size:.85rem}
dt{color:var(--soft)}
dd{margin:0;overflow-wrap:anywhere;font-family:ui-monospace,monospace}
@media (max-width:40rem){.figures{grid-template-columns:repeat(2,1fr)}.bar{min-width:2rem}
main,.languages{padding-left:.75rem;padding-right:.75rem}th.n{white-space:normal}
dl{grid-template-columns:1fr}}
@media print{@page{size:A4;margin:14mm}body{font-size:10pt}main{max-width:none;padding:0}.languages,.which{display:none}
h2,h3{break-after:avoid}h2.all{break-before:page}
tr,li,dl{break-inside:avoid}thead{display:table-header-group}.figures b{font-size:14pt}
.bar{min-width:6rem}}
"""
