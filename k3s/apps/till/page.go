package main

import (
	"html/template"
	"net/http"
)

var pageTemplate = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="zh"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{{.store}} · 收银 till</title>
<style>
 body{font:16px/1.5 system-ui,sans-serif;max-width:26rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b;background:#faf9f6}
 h1{font-size:1.2rem} dl{display:grid;grid-template-columns:auto 1fr;gap:.3rem 1rem} dd{margin:0;text-align:right;font-variant-numeric:tabular-nums}
 form{display:flex;gap:.5rem;margin:1.5rem 0} input{flex:1;font:inherit;padding:.6rem;min-width:0} button{font:inherit;padding:.6rem 1.2rem}
 output{display:block;white-space:pre-wrap;overflow-wrap:anywhere} .wait{color:#9a4b00}
</style>
<h1>{{.store}} · 收银台 till</h1>
<form><input name="amount" inputmode="numeric" pattern="[0-9]+" required placeholder="金额(分) amount in cents" aria-label="金额 amount"><button>售出 sell</button></form>
<output></output>
<dl>
 <dt>已售 sold</dt><dd>{{.sales}}</dd>
 <dt>已送达总部 reached the centre</dt><dd>{{.forwarded}}</dd>
 <dt{{if .waiting}} class="wait"{{end}}>等待上传 waiting</dt><dd{{if .waiting}} class="wait"{{end}}>{{.waiting}}</dd>
 {{with .oldest}}<dt>最早等待 oldest waiting</dt><dd>{{.}}</dd>{{end}}
 {{range .refused}}<dt>被拒 refused {{.ID}}</dt><dd>{{.Why}}</dd>{{end}}
</dl>
{{with .error}}<p class="wait">总部暂不可达,照常售卖。 The centre can't be reached; sales go on.<br><small>{{.}}</small></p>{{end}}
<script>
const form = document.forms[0], out = document.querySelector("output");
let key = crypto.getRandomValues(new Uint32Array(4)).join("-");
form.onsubmit = async event => {
  event.preventDefault();
  try {
    const answer = await fetch("sale", {method: "POST", body: JSON.stringify({key, amount: Number(form.amount.value)})});
    const body = await answer.json();
    out.textContent = answer.ok ? "小票 receipt " + body.id : body.error;
    if (answer.ok) { form.reset(); key = crypto.getRandomValues(new Uint32Array(4)).join("-"); }
  } catch (error) { out.textContent = "请重试 try again: " + error; }
};
</script>
</html>
`))

func page(w http.ResponseWriter, queue map[string]any) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	pageTemplate.Execute(w, queue)
}
