/*
Copyright 2026 The Loadline Authors.
SPDX-License-Identifier: Apache-2.0
Contains uPlot, see LICENSES.txt.
*/
function plain(number){let size=Math.abs(number);if(size>=1e6)return fixed(number,0);if(size!==0&&size<1e-4){let[mantissa="",exponent=""]=number.toExponential(5).
split("e");return`${trimmed(mantissa)}e-${exponent.slice(1).padStart(2,"0")}`}return trimmed(number.toPrecision(6))}function trimmed(text2){return text2.includes(
".")?text2.replace(/\.?0+$/,""):text2}function fixed(number,digits){let tenfold=10**digits;if(Number.isInteger(number*2**(digits+1))&&!Number.isInteger(number*2**
digits)){let below=Math.floor(number*tenfold);return((below%2===0?below:below+1)/tenfold).toFixed(digits)}return number.toFixed(digits)}function count(number){return String(
number).replace(/\B(?=(\d{3})+$)/g,",")}function counted(number,thing,things=thing+"s"){return`${count(number)} ${number===1?thing:things}`}function threshold(number,fraction2){
return fraction2?plain(100*number)+"%":plain(number)}function measured(number,fraction2){return number==null?"-":fraction2?fixed(100*number,1)+"%":plain(number)}
function headroom(share3){if(share3===void 0)return"-";let percent=Math.sign(share3)*Math.round(Math.abs(100*share3));return percent===0&&(percent=share3<0?-1:0),
Math.abs(percent)>=1e6?percent<0?"<-999999%":">999999%":`${percent}%`}function seconds(number){let whole=Math.max(0,Math.round(number)),hours=Math.floor(whole/3600),
minutes2=Math.floor(whole/60)%60,rest=`${whole%60}s`;return hours>0?`${hours}h${minutes2}m${rest}`:minutes2>0?`${minutes2}m${rest}`:rest}function lasting(number){
let all=Math.max(0,Math.floor(number)),minutes2=Math.floor(all/60),hours=Math.floor(all/3600),days2=Math.floor(hours/24);if(all<120)return`${all}s`;if(minutes2<
10)return two(minutes2,"m",all%60,"s");if(minutes2<180)return`${minutes2}m`;if(hours<8)return two(hours,"h",minutes2%60,"m");if(hours<48)return`${hours}h`;if(hours<
192)return two(days2,"d",hours%24,"h");if(days2<365*2)return`${days2}d`;let years=Math.floor(days2/365);return days2<365*8?two(years,"y",days2%365,"d"):`${years}\
y`}function two(large,unit,small,smallUnit){return small===0?`${large}${unit}`:`${large}${unit}${small}${smallUnit}`}function clock(milliseconds2){let at2=new Date(
milliseconds2);return[at2.getHours(),at2.getMinutes(),at2.getSeconds()].map(part=>String(part).padStart(2,"0")).join(":")}function minute(milliseconds2){return clock(
milliseconds2).slice(0,5)}function moment(milliseconds2,now2){let at2=new Date(milliseconds2);return at2.toDateString()===new Date(now2).toDateString()?clock(milliseconds2):
`${[at2.getFullYear(),at2.getMonth()+1,at2.getDate()].map(part=>String(part).padStart(2,"0")).join("-")} ${clock(milliseconds2)}`}function milliseconds(time2){let parsed=time2===
void 0?NaN:Date.parse(time2);return Number.isNaN(parsed)||parsed<=Date.parse("0001-01-02T00:00:00Z")?void 0:parsed}function duration(text2){let units={h:3600,m:60,
s:1,ms:.001,µs:1e-6,ns:1e-9},sum2=0;for(let[,number,unit]of text2.matchAll(/([\d.]+)(h|ms|m|s|µs|ns)/g))sum2+=Number(number)*(units[unit??""]??0);return sum2}
function amount(resource,number){return resource==="cpu"?Math.round(1e3*number)+"m":["memory","storage","ephemeral-storage"].includes(resource)||resource.startsWith(
"hugepages-")?bytes(number):plain(number)}function bytes(number){let units=["","Ki","Mi","Gi","Ti","Pi"],unit=0;for(;number>=1024&&unit<units.length-1;)number/=
1024,unit++;return fixed(number,1).replace(/\.0$/,"")+units[unit]}function listed(names){return names.length<=6?names.join(", "):`${names.slice(0,5).join(", ")}\
 and ${names.length-5} more`}function line(bounds,fraction2){let text2="";return bounds.above!==void 0?text2="above "+threshold(bounds.above,fraction2):bounds.below!==void 0?text2="below "+
threshold(bounds.below,fraction2):bounds.equals!==void 0&&(text2="equals "+threshold(bounds.equals,fraction2)),bounds.clear!==void 0&&(text2+=", clear "+threshold(
bounds.clear,fraction2)),text2}function threshold2(bounds){return bounds.above??bounds.below??bounds.equals}function isOver(bounds,value3){return bounds.above!==
void 0?value3>bounds.above:bounds.below!==void 0?value3<bounds.below:bounds.equals!==void 0&&value3===bounds.equals}function distance(bounds,value3){let at2=threshold2(
bounds)??0,apart=Math.abs(value3-at2);return bounds.above!==void 0?apart=at2-value3:bounds.below!==void 0&&(apart=value3-at2),at2===0?apart:apart/Math.abs(at2)}
function value(reading2){let text2=measured(reading2.value,reading2.fraction);return reading2.above!==void 0?`${text2} of ${threshold(reading2.above,reading2.fraction)}`:
reading2.below!==void 0?`${text2} (min ${threshold(reading2.below,reading2.fraction)})`:reading2.equals!==void 0?`${text2} (not ${threshold(reading2.equals,reading2.
fraction)})`:text2}function why(reading2){let known=reading2.value!==void 0&&reading2.value!==null;return known&&isOver(reading2,reading2.value)?"over the line":
reading2.projected!==void 0&&isOver(reading2,reading2.projected)?"over with the pod":known?reading2.clear===void 0?"":"not clear yet":"not measured"}var states=[["Over","over line"],["Expected","over line with expected pods"],["Pending","past line, not in force yet"],["NoData","no data"],["Undecided","undeci\
ded"],["OK","OK"],["Exempt","exempt"],["Ungoverned","no rules"]];function tabulate(nodes2,chosen=""){let table={snapshot:nodes2.snapshot,ruleSets:nodes2.ruleSets.
filter(set=>chosen===""||set.name===chosen),columns:[],rows:[]},about=nodes2.nodes.map(node=>chosen===""?node:restricted(node,chosen));table.columns=columnsOf(table.
ruleSets,about);let columns=table.columns.map(column=>({column,sources:sourcesOf(column,table.ruleSets)}));return table.rows=about.map(node=>({node,state:node.state,
headroom:node.headroom,age:oldest(node,nodes2.snapshot),cells:columns.map(({column,sources})=>cell(column,sources,node))})),table.rows.sort(byUrgency),table}function restricted(node,chosen){
let ruleSets2=node.ruleSets.filter(set=>set.name===chosen),known=ruleSets2.flatMap(set=>set.rules).map(rule=>rule.headroom).filter(share3=>share3!==void 0);return{
name:node.name,state:stateOf(node,ruleSets2),ruleSets:ruleSets2,...known.length>0?{headroom:Math.min(...known)}:{}}}function stateOf(node,ruleSets2){let set=ruleSets2[0];
if(node.state==="Exempt"||set===void 0)return node.state==="Exempt"?"Exempt":"Ungoverned";let measured3=set.readings.some(reading2=>reading2.value!==void 0);if(set.
rules.length>0&&!measured3&&set.rules.every(rule=>rule.state==="NotGoverned"))return"Exempt";let found=new Set(set.rules.map(sum));return set.rules.length===0&&
set.readings.some(reading2=>reading2.value===void 0)&&found.add("NoData"),states.map(([state2])=>state2).find(state2=>found.has(state2))??"OK"}function sum(rule){
switch(rule.state){case"InForce":return"Over";case"Pending":return"Pending";case"Unknown":return"NoData"}return rule.refuses?"Expected":rule.state==="Undecided"?
"Undecided":"OK"}function columnsOf(ruleSets2,nodes2){let columns=[];for(let set of ruleSets2)for(let metric of set.metrics){let lines=set.rules.flatMap(rule=>rule.
lines??[]).filter(line4=>line4.metric===metric.name),title=metric.name,column;for(let other of columns)if(other.title===title){if(measureTheSame(other,set.name,
metric.name,nodes2)){column=other;break}title=`${set.name}/${metric.name}`}column===void 0&&(column={title,metrics:new Map,fraction:metric.fraction??!1,lines:[]},
columns.push(column)),column.metrics.set(set.name,metric.name),column.lines.push(...lines)}return columns}function measureTheSame(column,set,metric,nodes2){return nodes2.
every(node=>{let one=readingOf(node,set,metric)?.value;return one===void 0||[...column.metrics].every(([otherSet,otherMetric])=>{let other=readingOf(node,otherSet,
otherMetric)?.value;return other===void 0||other===one})})}function readingOf(node,set,metric){return node.ruleSets.find(of=>of.name===set)?.readings.find(reading2=>reading2.
metric===metric)}function sourcesOf(column,ruleSets2){let sources=new Map;for(let[name,metric]of column.metrics){let lines=(ruleSets2.find(set=>set.name===name)?.
rules??[]).flatMap(rule=>(rule.lines??[]).map(line4=>({rule:rule.name,line:line4})));sources.set(name,{metric,lines:lines.filter(({line:line4})=>line4.metric===
metric)})}return sources}function cell(column,sources,node){let nearest,nearestLine,least=1/0;for(let of of node.ruleSets){let source=sources.get(of.name),reading2=source===
void 0?void 0:of.readings.find(reading3=>reading3.metric===source.metric),value3=reading2?.value??reading2?.projected;if(!(source===void 0||reading2===void 0||value3===
void 0)){nearest??=reading2;for(let{rule,line:line4}of source.lines){let apart=distance(line4,value3);apart<least&&isAbout(of,rule)&&(nearest=reading2,nearestLine=
line4,least=apart)}}}return nearest===void 0?void 0:against(nearest,nearestLine,column.fraction)}function isAbout(of,rule){return of.rules.some(on2=>on2.name===
rule&&on2.state!=="NotGoverned")}function against(reading2,line4,fraction2){let found={metric:reading2.metric,fraction:fraction2,value:reading2.value??null,ageSeconds:reading2.
ageSeconds??0};return reading2.projected!==void 0&&(found.projected=reading2.projected),line4?.above!==void 0?found.above=line4.above:line4?.below!==void 0?found.
below=line4.below:line4?.equals!==void 0&&(found.equals=line4.equals),found}function oldest(node,snapshot){let age2=-1;for(let set of node.ruleSets)for(let reading2 of set.
readings)reading2.value!==void 0&&(age2=Math.max(age2,reading2.ageSeconds??0));return age2<0?void 0:age2+snapshot.ageSeconds}function urgency(row){return row.state===
"Exempt"||row.state==="Ungoverned"?3:row.state==="Over"?0:row.headroom===void 0?2:1}function byUrgency(a,b){let headroom2=a.headroom===void 0||b.headroom===void 0?
0:a.headroom-b.headroom;return urgency(a)-urgency(b)||headroom2||byName(a,b)}function byName(a,b){return a.node.name<b.node.name?-1:a.node.name>b.node.name?1:0}
function byCell(column){let value3=row=>row.cells[column]?.value??-1/0;return(a,b)=>{let[one,other]=[value3(a),value3(b)];return one===other?byName(a,b):one>other?
-1:1}}function byAge(a,b){return(b.age??-1)-(a.age??-1)||byName(a,b)}function counts(nodes2){let found=new Map;for(let node of nodes2)found.set(node.state,(found.
get(node.state)??0)+1);return found}function broken(node,ruleSets2){let found=[];for(let of of node.ruleSets)for(let on2 of of.rules){let set=ruleSets2.find(set2=>set2.name===of.name),rule=set?.rules.
find(rule2=>rule2.name===on2.name);set!==void 0&&rule!==void 0&&hasPart(node.state,on2)&&found.push({on:on2,set,rule})}return[...found.filter(rule=>!isIdle(rule)),
...found.filter(isIdle)]}function isIdle(rule){return(rule.set.observed??!1)||(rule.rule.suspended??!1)}function hasPart(state2,rule){switch(state2){case"Over":
return rule.state==="InForce";case"Expected":return rule.refuses??!1;case"Pending":return rule.state==="Pending";case"Undecided":return rule.state==="Undecided";default:
return!1}}function stateText(node,ruleSets2,snapshot){switch(node.state){case"Exempt":return"exempt";case"Ungoverned":return"no rules";case"OK":return"OK";case"\
NoData":return"no data: "+unmeasured(node).join(", ")}let rules=broken(node,ruleSets2),first=rules[0];if(first===void 0)return node.state;let more=rules.length>
1?` and ${rules.length-1} more`:"";return`${sinceText(node.state,first,snapshot)}: ${label(first)}${more}`}function label(rule){let name=`${rule.set.name}/${rule.
rule.name}`;return rule.set.observed?name+" (only observed)":rule.rule.suspended?name+" (gives way: maxNodes)":name}function sinceText(state2,rule,snapshot){let held=heldFor(
rule.on,snapshot);switch(state2){case"Over":return`over line for ${held}`;case"Pending":return`past line for ${held}, not in force yet`;case"Expected":return"ov\
er line with expected pods";default:return state2.toLowerCase()}}function heldFor(rule,snapshot){let since=milliseconds(rule.since),at2=milliseconds(snapshot.time);
return since===void 0||at2===void 0?"?":lasting((at2-since)/1e3+snapshot.ageSeconds)}function unmeasured(node){let names=node.ruleSets.flatMap(set=>set.readings).
filter(reading2=>reading2.value===void 0).map(reading2=>reading2.metric);return[...new Set(names)]}function effects(node){let rules=node.ruleSets.flatMap(set=>set.
rules),found=[];rules.some(rule=>rule.refuses)&&found.push("refuses pods"),rules.some(rule=>rule.evictionDue)&&found.push("eviction due");for(let rule of rules)
found.push(...Object.keys(rule.labels??{}).sort().map(key2=>`${key2}=${rule.labels?.[key2]??""}`)),rule.taint&&found.push(rule.taint);return[...new Set(found)]}
function nodeLines(node,ruleSets2,snapshot){let found=[];for(let of of node.ruleSets){let set=ruleSets2.find(set2=>set2.name===of.name);for(let on2 of of.rules){
let rule=set?.rules.find(rule2=>rule2.name===on2.name);for(let line4 of rule?.lines??[]){let measured3=of.readings.find(reading2=>reading2.metric===line4.metric)??
{metric:line4.metric};found.push({rule:`${of.name}/${on2.name}`,reading:{...against(measured3,line4,line4.fraction??!1),...line4.clear===void 0?{}:{clear:line4.
clear}},state:ruleState(set,rule,on2,snapshot)})}}}return found}function ruleState(set,rule,on2,snapshot){let held=on2.since===void 0?"":heldFor(on2,snapshot);switch(on2.
state){case"InForce":return`over line for ${held}${consequence(set,rule,on2)}`;case"Pending":return`past line for ${held} of the ${lasting(rule.effects.forSeconds??
0)} that it has to last`;case"Unknown":return"no data"+consequence(set,rule,on2);case"Undecided":return"undecided: between the threshold and clear, and nothing \
is known of before";case"NotGoverned":return"not about this node";default:return on2.refuses?"over line with expected pods: refuses pods":on2.state}}function consequence(set,rule,on2){
if(set.observed)return": does nothing, since its rule set only observes";let texts=[];return on2.refuses?texts.push("refuses pods"):rule.suspended&&texts.push("\
refuses none, since more nodes are over it than its maxNodes allows"),on2.evictionDue?texts.push("eviction due"):rule.effects.evict!==void 0&&on2.since!==void 0&&
texts.push("eviction due after "+lasting(rule.effects.evict.forSeconds)),texts.length===0?"":": "+texts.join(", ")}function measure(set,rules){let judged=holds(set)?rules?.ruleSets.find(other=>other.name===set.name):void 0;return judged===void 0?set:{...set,rules:judged,measured:!0}}
function holds(set){return set.state==="InForce"||(set.lastGood??!1)}function observes(set){return set.rules?.observed??set.mode==="Observe"}function state(set){
switch(set.state){case"InForce":return"in force";case"Refused":return set.lastGood?"refused, earlier content in force":"refused";case"Superseded":return`superse\
ded by ${set.supersededBy??"a newer object"}`;case"Unread":return set.error?"not read yet, would be refused":set.lastGood?"not read yet, earlier content in forc\
e":"not read yet";case"Gone":return"gone";default:return String(set.state)}}function mode(set){let text2=set.mode??"";return observes(set)&&text2!==""?`${text2}\
: its rules say what they would do, and do nothing`:text2}function line2(rule){let text2=(rule.lines??[]).map(line4=>`${line4.metric} ${line(line4,line4.fraction)}`).
join(" and ");return rule.effects.forSeconds?`${text2} for ${lasting(rule.effects.forSeconds)}`:text2}function effects2(rule){let{reject,evict,taint,labels}=rule.
effects,found=[];if(reject!==void 0){let text2="reject";reject.maxNodes<1&&(text2+=" up to "+share(reject.maxNodes)),reject.giveUpAfterSeconds&&(text2+=" for "+
lasting(reject.giveUpAfterSeconds)),found.push(reject.missing?text2+" also without data":text2)}return evict!==void 0&&found.push("evict after "+lasting(evict.forSeconds)),
taint!==void 0&&found.push("taint "+taint.taint),found.push(...Object.keys(labels??{}).sort().map(key2=>`label ${key2}=${labels?.[key2]??""}`)),found.join(", ")}
function notes(rule){let found=[];return rule.suspended&&rule.effects.reject!==void 0&&found.push(`${rule.name} gives way: more than ${share(rule.effects.reject.
maxNodes)} of its ${count(rule.nodes)} nodes are over the line, so that it refuses none, and they only score worst`),rule.untainted&&rule.effects.taint!==void 0&&
found.push(`${rule.name} taints none: more than ${share(rule.effects.taint.maxNodes)} of its ${count(rule.nodes)} nodes are over the line`),rule.undecided>0&&found.
push(`${rule.name} is undecided on ${counted(rule.undecided,"node")}: between the threshold and clear, and nothing is known of what was before`),found}function share(number){
return plain(100*number)+"%"}function headline(nodes2){let found=counts(nodes2.nodes),number=state2=>found.get(state2)??0,all=nodes2.nodes.length,governed=all-number("Exempt")-number("Ungov\
erned"),[over,missing]=[number("Over"),number("NoData")],details=detailsOf(nodes2,number),say=(level,text2)=>({level,text:text2,details});if(nodes2.ruleSets.length===
0)return{level:"notice",text:"No rule set is in force",details:"Pods are placed as by any other scheduler"};if(all===0)return say("unknown","No nodes are known");
if(governed===0)return say("notice",`No rule set is about any of ${counted(all,"node")}`);if(over>0){let level=nodes2.nodes.some(node=>node.state==="Over"&&!onlyObserved(
node,nodes2.ruleSets))?"alert":"notice";return say(level,`${count(over)} of ${counted(all,"node")} ${over===1?"is":"are"} over a line`)}return missing===governed?
say("alert",governed===1?"The only node has no data":`None of ${counted(governed,"node")} has data`):number("OK")===governed?say("good",allBelow(governed,all)):
say("notice",`None of ${counted(all,"node")} is over a line`)}function allBelow(governed,all){return all===1?"The only node is below its lines":governed===all?`\
All ${count(all)} nodes are below their lines`:governed===1?"The only node that has lines is below them":`All ${count(governed)} nodes that have lines are below\
 them`}function detailsOf(nodes2,number){let texts=[],add=(count2,one,many)=>{count2>0&&texts.push(`${count(count2)} ${count2===1?one:many}`)},observed=nodes2.nodes.
filter(node=>node.state==="Over"&&onlyObserved(node,nodes2.ruleSets)).length;return observed>0&&texts.push(observed===number("Over")?"only by rules that observe\
 or give way":`${count(observed)} of them only by rules that observe or give way`),add(number("Expected"),"would be with expected pods","would be with expected \
pods"),add(number("Pending"),"is past a line, though not for long enough yet","are past a line, though not for long enough yet"),add(number("NoData"),"has no da\
ta","have no data"),add(number("Undecided"),"is undecided","are undecided"),add(number("Exempt"),"is exempt","are exempt"),add(number("Ungoverned"),"has no rule\
s","have no rules"),texts.join("; ")}function onlyObserved(node,ruleSets2){return broken(node,ruleSets2).every(({set,rule})=>set.observed||rule.suspended)}function ruleSets(standing){
let all=standing.ruleSets,inForce=all.filter(holds),observing=inForce.filter(observes).length,enforcing=inForce.length-observing,number=state2=>all.filter(set=>set.
state===state2).length,texts=[],add=(count2,text2)=>{count2>0&&texts.push(`${count(count2)} ${text2}`)};return add(enforcing,"enforcing"),add(observing,"observi\
ng"),add(number("Refused"),"refused"),add(number("Superseded"),"superseded"),add(number("Unread"),"not read yet"),add(number("Gone"),"gone"),texts.length===0?{text:"\
none",level:"notice"}:{text:texts.join(", "),level:number("Refused")>0?"alert":number("Unread")>0?"notice":"good"}}function stuckAfter(interval2){return Math.max(
300,3*interval2)}function descheduler(plan,evictions,now2,interval2){let planning=plan.value,stopped=stoppedBy(evictions.value,now2);if(planning===void 0){let failure=plan.
failure===void 0?"":`cannot be asked: ${plan.failure}`;return stopped!==""?{text:failure===""?stopped:`${stopped}; ${failure}`,level:"alert"}:failure!==""?{text:failure,
level:"notice"}:evictions.value===void 0?{text:"not known",level:"unknown"}:evictions.value.known?{text:"not asked; neither paused nor stopped by the breaker",level:"\
unknown"}:{text:"none has evicted anything here",level:"unknown"}}if(!planning.leading)return{text:"no replica leads",level:"alert"};if(planning.evictionsDisabled)
return{text:"evictions are disabled: it only labels and taints",level:"notice"};let turn=milliseconds(planning.turn);if(turn!==void 0&&now2-turn>1e3*stuckAfter(
interval2))return{text:`stuck: it last looked ${lasting((now2-turn)/1e3)} ago`,level:"alert"};let mode2=planning.dryRun?"dry run: plans, and evicts nothing":"ev\
icts",why2=planning.stopped?.message??stopped;return why2!==""?{text:`stopped: ${why2}${planning.dryRun?" (in a dry run)":""}`,level:"alert"}:{text:mode2,level:planning.
dryRun?"notice":"good"}}function stoppedBy(evictions,now2){if(evictions?.paused!==void 0)return evictions.paused.message||"evictions are paused";let until=milliseconds(
evictions?.breaker?.until);return evictions?.breaker!==void 0&&until!==void 0&&until>now2?`the breaker is open until ${moment(until,now2)}: ${evictions.breaker.
why.message}`:""}function data(age2,ruleSets2,interval2){let oldest2=Math.max(-1,...ruleSets2.flatMap(set=>set.metrics).filter(metric=>metric.known>0).map(metric=>metric.
oldestSeconds??0)),text2=`judged ${seconds(age2)} ago`+(oldest2<0?"":`, oldest value ${seconds(oldest2+age2)}`);return age2>Math.max(3*interval2,45)?{text:`stal\
e: ${text2}`,level:"alert"}:{text:text2,level:"good"}}var get=async path=>{try{let response=await fetch(path,{cache:"no-store",signal:AbortSignal.timeout(3e4)});return response.ok?{ok:!0,value:await response.json()}:
{ok:!1,status:response.status,why:(await response.text()).trim().slice(0,500)||`HTTP status ${response.status}`}}catch(error){return{ok:!1,status:0,why:error instanceof
DOMException&&error.name==="TimeoutError"?`no answer within ${3e4/1e3}s`:error instanceof SyntaxError?"the answer is not JSON":"no answer"}}};function nothing(){
return{standing:{},evictions:{},waiting:{},plan:{},timeline:{},unmeasured:!1,received:0,ahead:0}}function now(known){return Date.now()+known.ahead}function age(known){
return(known.rules?.snapshot.ageSeconds??0)+(Date.now()-known.received)/1e3}function interval(known){return known.interval??known.timeline.value?.stepSeconds??15}
function isAnother(a,b){return a===void 0||a.generation!==b.generation||a.time!==b.time}function intervalOf(earlier,later,otherwise){let number=later.generation-
(earlier?.generation??later.generation),interval2=(Date.parse(later.time)-Date.parse(earlier?.time??later.time))/1e3/number;return number>0&&interval2>=1&&interval2<=
600?interval2:otherwise}function delay(known,failures){if(failures>0)return Math.min(15,2**failures);if(known.unmeasured||known.interval===void 0)return 3;let due=known.
interval-age(known)+.5;return due<0?5:Math.max(1,due)}function isDue(timeline,now2){return timeline===void 0||1e3*((timeline.times.at(-1)??0)+timeline.stepSeconds)<=
now2}var Watch=class{constructor(get2,range,show2){this.get=get2;this.range=range;this.show=show2}get;range;show;known=nothing();failures=0;busy=!1;again=!1;planned=!0;timer;minutes=0;start(){
document.addEventListener("visibilitychange",()=>this.look()),this.look()}look(){if(window.clearTimeout(this.timer),!document.hidden){if(this.busy){this.again=!0;
return}this.turn()}}async turn(){this.busy=!0;try{await this.ask(),this.show(this.known)}finally{this.busy=!1,this.schedule()}}schedule(){this.again?(this.again=
!1,this.look()):document.hidden||(this.timer=window.setTimeout(()=>this.look(),1e3*delay(this.known,this.failures)))}async ask(){let rules=await this.get("/v1/r\
ules");if(!rules.ok&&rules.status!==503)return this.lose(rules.why);this.known.unmeasured=!rules.ok;let[nodes2]=await Promise.all([rules.ok?this.askNodes(rules.
value):void 0,this.askRest(),this.askTimeline(rules.ok)]);if(nodes2!==void 0&&!nodes2.ok)return this.lose(nodes2.why);delete this.known.lost,this.failures=0}lose(why2){
this.known.lost=why2,this.failures++}async askNodes(rules){let received=Date.now(),answer=isAnother(this.known.nodes?.snapshot,rules.snapshot)?await this.get("/\
v1/nodes"):void 0;if(answer!==void 0&&!answer.ok)return answer;let{known}=this,interval2=intervalOf(known.rules?.snapshot,rules.snapshot,known.interval);return interval2!==
void 0&&(known.interval=interval2),known.rules=rules,known.received=received,known.ahead=Date.parse(rules.snapshot.time)+1e3*rules.snapshot.ageSeconds-received,
answer!==void 0&&(known.nodes=answer.value),answer}async askRest(){let{known}=this,[standing,evictions,waiting,plan,version]=await Promise.all([this.get("/v1/st\
anding"),this.get("/v1/evictions"),this.get("/v1/waiting"),this.planned?this.get("/v1/plan"):void 0,this.get("/v1/version")]);known.standing=merged(known.standing,
standing),known.evictions=merged(known.evictions,evictions),known.waiting=merged(known.waiting,waiting),plan!==void 0&&(this.planned=plan.ok||plan.status!==404,
known.plan=this.planned?merged(known.plan,plan):{}),version.ok&&(known.version=version.value)}async askTimeline(measured3){let{known}=this,minutes2=this.range();
!measured3||minutes2===this.minutes&&known.timeline.failure===void 0&&!isDue(known.timeline.value,now(known))||(known.timeline=merged(known.timeline,await this.
get(`/v1/timeline?minutes=${minutes2}`)),this.minutes=minutes2)}};function merged(before,answer){return answer.ok?{value:answer.value}:{...before,failure:answer.
why}}var Announcer=class{parts;headline="";level="";at=-1/0;text="";announce(parts,headline2,level,now2){let first=this.parts===void 0,changed=parts.filter((part,i)=>part!==
this.parts?.[i]);return this.parts=parts,headline2!==this.headline&&(level!==this.level||now2-this.at>=6e4)&&(changed.push(headline2),[this.headline,this.level,
this.at]=[headline2,level,now2]),changed.length>0&&!first&&(this.text=changed.join(". ")),this.text}};function element(tag,attributes={},...content){let made=document.createElement(tag);for(let[name,value3]of Object.entries(attributes))setAttribute(made,name,value3);
return made.append(...content),made}function byId(id){let found=document.getElementById(id);if(found===null)throw new Error(`the page has no element #${id}`);return found}
function setText(element2,text2){element2.textContent!==text2&&(element2.textContent=text2)}function setAttribute(element2,name,value3){value3===void 0?element2.
removeAttribute(name):element2.getAttribute(name)!==value3&&element2.setAttribute(name,value3)}function setHidden(element2,hidden){element2.hidden!==hidden&&(element2.
hidden=hidden)}function arrange(parent,children){let wanted=new Set(children);for(let child of[...parent.children])wanted.has(child)||child.remove();let focused=document.
activeElement,next=parent.firstElementChild;for(let child of children)child===next?next=next.nextElementSibling:parent.insertBefore(child,next);focused instanceof
HTMLElement&&focused!==document.activeElement&&parent.contains(focused)&&focused.focus({preventScroll:!0})}var Kept=class{made=new Map;each(items,key2,make){let keys=new Set(
items.map(key2));for(let old of this.made.keys())keys.has(old)||this.made.delete(old);return items.map(item=>{let of=key2(item),found=this.made.get(of);return found===
void 0&&(found=make(item),this.made.set(of,found)),found})}};function scroller(label2,table){let box=element("div",{class:"scrolls",role:"group","aria-label":label2},
table),observer=new ResizeObserver(()=>{let scrolls=box.scrollWidth>box.clientWidth||box.scrollHeight>box.clientHeight;setAttribute(box,"tabindex",scrolls?"0":void 0)});
return observer.observe(box),observer.observe(table),box}function setFacts(list,facts3){list.children.length===facts3.length&&facts3.every(([name],i)=>list.children[i]?.
firstElementChild?.textContent===name)||list.replaceChildren(...facts3.map(([name])=>element("div",{},element("dt",{},name),element("dd")))),facts3.forEach(([,text2],i)=>setText(
list.children[i]?.lastElementChild,text2))}function setNotice(notice,text2){setText(notice,text2),setHidden(notice,text2==="")}var BannerView=class{header=byId("banner");announcer=new Announcer;level="unknown";said=[];show(known){let headline2=headlineOf(known);this.level=headline2.level,
setText(byId("headline"),headline2.text),setText(byId("headline-details"),headline2.details);let lost=lostText(known);setNotice(byId("connection"),lost);let mode2=descheduler(
known.plan,known.evictions,now(known),interval(known)),ruleSets2=known.standing.value===void 0?unknown(known.standing.failure):ruleSets(known.standing.value);fact(
"fact-descheduler",mode2),fact("fact-rules",ruleSets2),fact("fact-version",{text:known.version?.version??"not known",level:"good"}),this.said=[lost===""?"Connec\
ted again":"Connection lost",`Rule sets: ${ruleSets2.text}`,`Descheduler: ${mode2.text}`],document.title=`${lost===""?headline2.text:"Connection lost"} – Loadli\
ne`,this.tick(known)}tick(known){let data2=known.rules===void 0?{text:"none yet",level:"unknown"}:data(age(known),known.rules.ruleSets,interval(known)),stale=known.
lost===void 0&&data2.level==="alert";fact("fact-data",data2),setNotice(byId("stale"),stale?staleText(known):"");let current=!stale&&known.lost===void 0;setAttribute(
this.header,"data-level",current?this.level:"unknown");let parts=[...this.said,stale?"Data is stale":"Data is fresh again"];setText(byId("announcer"),this.announcer.
announce(parts,byId("headline").textContent??"",this.level,Date.now()))}};function headlineOf(known){return known.nodes!==void 0?headline(known.nodes):known.unmeasured?
{text:"Nothing has been measured yet",details:"The first measurement takes up to an interval, 15s unless configured otherwise. If it stays so: kubectl loadline \
preflight",level:"unknown"}:{text:known.lost===void 0?"Loading":"The scheduler does not answer",details:"",level:"unknown"}}function staleText(known){let at2=milliseconds(
known.rules?.snapshot.time);return`No node was judged since ${at2===void 0?"then":moment(at2,now(known))}: what is shown is of that time. The scheduler's log sa\
ys why.`}function lostText(known){return known.lost===void 0?"":`Connection lost${known.received===0?"":`, showing what was known at ${clock(known.received)}`}:\
 ${known.lost}. Trying again.`}function unknown(failure){return{text:failure===void 0?"not known":`not known: ${failure}`,level:failure===void 0?"unknown":"noti\
ce"}}function fact(id,{text:text2,level}){let element2=byId(id);setText(element2,text2),setAttribute(element2,"data-level",level)}function key(record){return`${record.pod.uid} ${record.planned} ${record.rule.set}/${record.rule.rule}`}function podName(pod){return`${pod.namespace}/${pod.name}`}
function at(record){return milliseconds(record.evicted)??milliseconds(record.planned)??0}function latest(records){let planned=record=>milliseconds(record.planned)??
0;return[...records].reverse().sort((a,b)=>planned(b)-planned(a))}function outcome(record){return record.failed?"NotEvicted":record.observed?"Observed":record.dryRun?
"DryRun":record.effect||"Pending"}function fraction(record){return record.before.share!==0||record.predicted.sourceAfter!==0||record.predicted.destinationAfter!==
0}function reading(record){let{metric,value:value3,threshold:threshold3,clear}=record.before,found={metric,fraction:fraction(record),value:value3};return clear!==
threshold3&&(found.clear=clear),clear<threshold3||clear===threshold3&&value3>threshold3?found.above=threshold3:clear>threshold3||value3<threshold3?found.below=threshold3:
found.equals=threshold3,found}function line3(record){return`${record.before.metric} ${line(reading(record),fraction(record))}`}function value2(record,number){return measured(
number,fraction(record))}function predictedAfter(record){return fraction(record)?record.predicted.sourceAfter:void 0}function destination(record){return record.
successor?.node?record.successor.node:record.predicted.destination?`(${record.predicted.destination})`:"-"}function decision(record){let from=`from node ${record.
node}`;return record.failed?`not evicted after all ${from}: ${record.failed}`:record.observed?`would have been evicted ${from}; nothing was, since the rule set \
only observes`:record.dryRun?`would have been evicted ${from}; nothing was, in a dry run`:milliseconds(record.evicted)===void 0?`to be evicted ${from}; it is no\
t written down yet that it was`:`evicted ${from}`}function facts(record,all,now2){let found=[["Workload",`${record.workload.name} (${record.workload.kind})`],["\
Decision",decision(record)],["Rule",`${record.rule.set}/${record.rule.rule}`],["Line",line3(record)],["Measured",measured2(record,now2)]],add=(name,text2)=>{text2!==
""&&found.push([name,text2])};return add("Saturated",record.saturated?"the node measured less than its pods wanted, so that no effect had to show":""),add("Shar\
e",share2(record)),add("Why",record.before.why),add("Others",others(record)),add("Together",together(record,all)),add("Predicted",predicted(record)),!record.failed&&
!record.dryRun&&milliseconds(record.evicted)!==void 0&&(add("Gone",gone(record,now2)),add("Successor",successor(record)),add("Afterwards",record.after===void 0?
"":`${value2(record,record.after)} on node ${record.node}, from ${value2(record,record.before.value)}`),add("Effect",effect(record))),found}function measured2(record,now2){
let planned=milliseconds(record.planned),before=between(record.before.measured,record.planned),ago=before===void 0?"":`, ${before} before the decision`,when=planned===
void 0?"":` at ${moment(planned,now2)}`;return`${value2(record,record.before.value)} on node ${record.node}${ago}${when}`}function share2(record){return fraction(
record)?record.before.share===0?"not known":`${value2(record,record.before.share)} of the node, of its ${value2(record,record.before.value)}`:""}function others(record){
let texts=(record.others??[]).map(other=>{let share3=other.share>0?` with ${value2(record,other.share)}`:"";return`${podName(other)}${share3}: ${other.why}`});return texts.
length===0?"":"stayed: "+texts.join("; ")}function together(record,all){let same=other=>other.planned===record.planned&&other.node===record.node&&other.rule.set===
record.rule.set&&other.rule.rule===record.rule.rule,names=all.filter(other=>other!==record&&same(other)).map(other=>podName(other.pod));return names.length===0?
"":`with ${counted(names.length,"other pod")} off the node by the same decision: ${listed(names)}`}function predicted(record){let{sourceAfter,destination:destination2,
destinationBefore,destinationAfter}=record.predicted;if(!fraction(record))return destination2?`room on node ${destination2}`:"";let texts=[`${value2(record,sourceAfter)}\
 on node ${record.node} without it`];return destination2&&texts.push(`${value2(record,destinationAfter)} on node ${destination2} with it, from ${value2(record,destinationBefore)}`),
texts.join("; ")}function gone(record,now2){let evicted=moment(milliseconds(record.evicted)??0,now2),took=between(record.evicted,record.deleted);return took===void 0?
`not yet, as far as is known; evicted at ${evicted}`:`${took} after it was evicted at ${evicted}`}function successor(record){let{name,node,ready,notNeeded}=record.
successor??{};if(notNeeded)return name?`${name} was, and is gone; none is needed any more`:"none, and none is needed: the workload was scaled down or deleted";if(!name)
return"none seen yet";if(!node)return`${name}, which waits for a node`;let text2=`${name} on node ${node}`;record.predicted.destination&&(text2+=record.predicted.
destination===node?", as predicted":`, not on ${record.predicted.destination} as predicted`);let took=between(record.evicted,ready);return took===void 0?text2+"\
; not ready yet":`${text2}; ready ${took} after the eviction`}function effect(record){switch(record.effect){case"Lowered":return"the node is better off";case"No\
ne":return"none: the node measured no better";case"Unknown":return record.after===void 0?"cannot be told: the node was not measured any more, or is gone":"canno\
t be told: the node need not measure less for it"}return milliseconds(record.deleted)===void 0?"not known yet":`not known yet: the metric shows it ${seconds(duration(
record.window))} after the pod was gone`}function between(from,to){let[begin,end]=[milliseconds(from),milliseconds(to)];return begin===void 0||end===void 0?void 0:
seconds(Math.max(0,end-begin)/1e3)}var pageSize=50,Table=class{element;options;columns=[];head=element("tr");body=element("tbody");region;pager;range=element("span",{class:"range"});previous=element(
"button",{type:"button"},"Previous");next=element("button",{type:"button"},"Next");rows=[];sorted=[];shown=new Map;page=0;sortedBy;opened;constructor(options){this.
options=options;let table=element("table",{id:options.id},element("caption",{class:"visually-hidden"},options.caption),element("thead",{},this.head),this.body);
this.region=scroller(options.caption,table),this.pager=element("nav",{class:"pager","aria-label":`Pages of ${options.things}`},this.previous,this.range,this.next),
this.previous.addEventListener("click",()=>this.turn(-1)),this.next.addEventListener("click",()=>this.turn(1)),this.element=element("div",{class:"table"},this.region,
this.pager),this.setColumns(options.columns),this.drawPager(0)}setColumns(columns){let same=columns.length===this.columns.length&&columns.every((column,i)=>column.
title===this.columns[i]?.title);this.columns=columns,!same&&(columns.some(column=>column.title===this.sortedBy)||(this.sortedBy=void 0),this.head.replaceChildren(
...columns.map(column=>this.header(column))),this.closeAll(),this.shown.clear(),this.body.replaceChildren())}header(column){let header=element("th",{scope:"col",
class:column.class,title:column.hint});if(column.order===void 0)return header.append(column.title),header;let button=element("button",{type:"button",class:"sort"},
column.title);return button.addEventListener("click",()=>{this.sortedBy=this.sortedBy===column.title?void 0:column.title,this.page=0,this.draw()}),header.append(
button),header}show(rows){this.rows=rows,this.draw()}first(){this.page=0}openRow(key2){let at2=this.sorted.findIndex(row=>this.options.key(row)===key2);if(at2<0)
return;this.page=Math.floor(at2/pageSize),this.opened=key2,this.draw();let shown=this.shown.get(key2);shown?.row.scrollIntoView({block:"nearest"}),shown?.button?.
focus({preventScroll:!0})}turn(by){let pages=Math.ceil(this.rows.length/pageSize),page=Math.min(Math.max(0,this.page+by),Math.max(0,pages-1));page!==this.page&&
(this.page=page,this.opened=void 0,this.draw(),this.region.getBoundingClientRect().top<0&&this.region.scrollIntoView({block:"start"}))}draw(){let column=this.columns.
find(column2=>column2.title===this.sortedBy);this.sorted=column?.order===void 0?this.rows:[...this.rows].sort(column.order),this.page=Math.min(this.page,Math.max(
0,Math.ceil(this.sorted.length/pageSize)-1)),this.drawHead(column);let begin=this.page*pageSize,visible=this.withPinned(this.sorted.slice(begin,begin+pageSize),
begin),kept=new Map,elements=[];for(let row of visible){let key2=this.options.key(row),shown=this.shown.get(key2)??this.make(key2);kept.set(key2,shown),this.update(
shown,row,key2),elements.push(shown.row),shown.detail!==void 0&&elements.push(shown.detail.row)}for(let[key2,shown]of this.shown)kept.has(key2)||shown.detail?.of.
close();this.shown=kept,arrange(this.body,elements),this.drawPager(begin)}withPinned(visible,begin){let focused=[...this.shown].find(([,shown])=>shown.row.contains(
document.activeElement))?.[0];for(let key2 of new Set([this.opened,focused])){if(key2===void 0||!this.shown.has(key2)||visible.some(row2=>this.options.key(row2)===
key2))continue;let at2=this.sorted.findIndex(row2=>this.options.key(row2)===key2),row=this.sorted[at2];row!==void 0&&(visible=at2<begin?[row,...visible]:[...visible,
row])}return visible}drawHead(chosen){let sorted=chosen??this.columns.find(column=>column.natural);this.columns.forEach((column,i)=>{let direction=column===sorted?
column.descending?"descending":"ascending":void 0;setAttribute(this.head.children[i],"aria-sort",direction)})}make(key2){let button=this.options.open===void 0?void 0:
element("button",{type:"button",class:"opener"});button?.addEventListener("click",()=>{this.opened=this.opened===key2?void 0:key2,this.draw()});let cells=this.columns.
map((column,i)=>i===0?element("th",{scope:"row",class:column.class}):element("td",{class:column.class}));return button!==void 0&&cells[0]?.append(button),{row:element(
"tr",{"data-key":key2},...cells),cells,button}}update(shown,row,key2){if(this.columns.forEach((column,i)=>column.draw(i===0&&shown.button?shown.button:shown.cells[i],
row)),setAttribute(shown.row,"data-level",this.options.level?.(row)),shown.button===void 0||this.options.open===void 0)return;let open=this.opened===key2;if(setAttribute(
shown.button,"aria-expanded",String(open)),!open&&shown.detail!==void 0)shown.detail.of.close(),delete shown.detail;else if(open&&shown.detail===void 0){let of=this.
options.open(row),cell2=element("td",{colspan:String(this.columns.length)},of.element);shown.detail={row:element("tr",{class:"detail"},cell2),of}}shown.detail?.
of.update(row)}closeAll(){for(let shown of this.shown.values())shown.detail?.of.close()}drawPager(begin){let total=this.sorted.length;setHidden(this.region,total===
0),setHidden(this.pager,total<=pageSize),setText(this.range,`${count(begin+1)}–${count(Math.min(begin+pageSize,total))} of ${count(total)} ${this.options.things}`),
setAttribute(this.previous,"aria-disabled",begin===0?"true":void 0),setAttribute(this.next,"aria-disabled",begin+pageSize>=total?"true":void 0)}};function text(of){
return(cell2,row)=>setText(cell2,of(row))}var EvictionsView=class{now=0;records=[];table;constructor(){this.table=new Table({id:"eviction-table",caption:"Evictions",things:"evictions",key,level:record=>record.
failed||record.effect==="None"?"notice":void 0,open:()=>new EvictionDetail(()=>({all:this.records,now:this.now})),columns:[{title:"Pod",class:"name",draw:text(record=>podName(
record.pod))},{title:"When",class:"name",draw:text(record=>this.when(record))},{title:"From",class:"name",draw:text(record=>record.node)},{title:"To",class:"nam\
e",hint:"In parentheses: where it was expected",draw:text(destination)},{title:"Rule",class:"name",draw:text(record=>`${record.rule.set}/${record.rule.rule}`)},
{title:"Before",class:"number",hint:"What the node measured",draw:text(record=>value2(record,record.before.value))},{title:"Predicted",class:"number",hint:"What\
 the node was to measure without the pod",draw:text(record=>value2(record,predictedAfter(record)))},{title:"After",class:"number",hint:"What the node measured o\
nce it could show the effect",draw:text(record=>value2(record,record.after))},{title:"Effect",class:"wide says",draw:text(effect2)}]}),byId("eviction-rows").append(
this.table.element)}show(known){let{value:value3,failure}=known.evictions,why2=failure??value3?.error;if(setNotice(byId("evictions-notice"),why2===void 0?"":`Ev\
ictions could not be asked for: ${why2}`),value3===void 0)return;this.now=now(known),this.records=latest(value3.records),setText(byId("evictions-count"),String(
count(this.records.length)));let empty="";value3.known?this.records.length===0&&(empty="Nothing has been evicted, as far as is remembered: the latest 500 are."):
empty="No descheduler has written down anything here: there is no ConfigMap loadline-evictions.",setNotice(byId("evictions-empty"),empty),this.table.show(this.records)}when(record){
let planned=milliseconds(record.planned)??0;return`${lasting((this.now-planned)/1e3)} ago`}};function effect2(record){return record.failed?`NotEvicted: ${record.
failed}`:outcome(record)}var EvictionDetail=class{constructor(known){this.known=known;this.element.append(this.facts)}known;element=element("section",{class:"op\
ened","aria-label":"Eviction"});facts=element("dl",{class:"facts"});update(record){let{all,now:now2}=this.known();setFacts(this.facts,facts(record,all,now2))}close(){}};var UPLOT="uplot",ORI_HZ="u-hz",ORI_VT="u-vt",TITLE="u-title",WRAP="u-wrap",UNDER="u-under",OVER="u-over",AXIS="u-axis",OFF="u-off",SELECT="u-select",CURSOR_X="\
u-cursor-x",CURSOR_Y="u-cursor-y",CURSOR_PT="u-cursor-pt",LEGEND="u-legend",LEGEND_LIVE="u-live",LEGEND_INLINE="u-inline",LEGEND_SERIES="u-series",LEGEND_MARKER="\
u-marker",LEGEND_LABEL="u-label",LEGEND_VALUE="u-value",WIDTH="width",HEIGHT="height";var BOTTOM="bottom",LEFT="left",RIGHT="right",hexBlack="#000",transparent=hexBlack+"0",mousemove="mousemove",mousedown="mousedown",mouseup="mouseup",mouseenter="\
mouseenter",mouseleave="mouseleave",dblclick="dblclick",resize="resize",scroll="scroll",change="change",dppxchange="dppxchange",LEGEND_DISP="--",domEnv=typeof window<
"u",doc=domEnv?document:null,win=domEnv?window:null,nav=domEnv?navigator:null,pxRatio,query;function setPxRatio(){let _pxRatio=devicePixelRatio;pxRatio!=_pxRatio&&
(pxRatio=_pxRatio,query&&off(change,query,setPxRatio),query=matchMedia(`(min-resolution: ${pxRatio-.001}dppx) and (max-resolution: ${pxRatio+.001}dppx)`),on(change,
query,setPxRatio),win.dispatchEvent(new CustomEvent(dppxchange)))}function addClass(el,c){if(c!=null){let cl=el.classList;!cl.contains(c)&&cl.add(c)}}function remClass(el,c){
let cl=el.classList;cl.contains(c)&&cl.remove(c)}function setStylePx(el,name,value3){el.style[name]=value3+"px"}function placeTag(tag,cls,targ,refEl){let el=doc.
createElement(tag);return cls!=null&&addClass(el,cls),targ?.insertBefore(el,refEl),el}function placeDiv(cls,targ){return placeTag("div",cls,targ)}var xformCache=new WeakMap;
function elTrans(el,xPos,yPos,xMax,yMax){let xform="translate("+xPos+"px,"+yPos+"px)",xformOld=xformCache.get(el);xform!=xformOld&&(el.style.transform=xform,xformCache.
set(el,xform),xPos<0||yPos<0||xPos>xMax||yPos>yMax?addClass(el,OFF):remClass(el,OFF))}var colorCache=new WeakMap;function elColor(el,background,borderColor){let newColor=background+
borderColor,oldColor=colorCache.get(el);newColor!=oldColor&&(colorCache.set(el,newColor),el.style.background=background,el.style.borderColor=borderColor)}var sizeCache=new WeakMap;
function elSize(el,newWid,newHgt,centered){let newSize=newWid+""+newHgt,oldSize=sizeCache.get(el);newSize!=oldSize&&(sizeCache.set(el,newSize),el.style.height=newHgt+
"px",el.style.width=newWid+"px",el.style.marginLeft=centered?-newWid/2+"px":0,el.style.marginTop=centered?-newHgt/2+"px":0)}var evOpts={passive:!0},evOpts2={...evOpts,
capture:!0};function on(ev,el,cb,capt){el.addEventListener(ev,cb,capt?evOpts2:evOpts)}function off(ev,el,cb,capt){el.removeEventListener(ev,cb,evOpts)}domEnv&&setPxRatio();
function closestIdx(num,arr,lo,hi){let mid;lo=lo||0,hi=hi||arr.length-1;let bitwise=hi<=2147483647;for(;hi-lo>1;)mid=bitwise?lo+hi>>1:floor((lo+hi)/2),arr[mid]<
num?lo=mid:hi=mid;return num-arr[lo]<=arr[hi]-num?lo:hi}function makeIndexOfs(predicate){return(data2,_i0,_i1)=>{let i0=-1,i1=-1;for(let i=_i0;i<=_i1;i++)if(predicate(
data2[i])){i0=i;break}for(let i=_i1;i>=_i0;i--)if(predicate(data2[i])){i1=i;break}return[i0,i1]}}var notNullish=v=>v!=null,isPositive=v=>v!=null&&v>0,nonNullIdxs=makeIndexOfs(
notNullish),positiveIdxs=makeIndexOfs(isPositive);function getMinMax(data2,_i0,_i1,sorted=0,log=!1){let getEdgeIdxs=log?positiveIdxs:nonNullIdxs,predicate=log?isPositive:
notNullish;[_i0,_i1]=getEdgeIdxs(data2,_i0,_i1);let _min=data2[_i0],_max=data2[_i0];if(_i0>-1)if(sorted==1)_min=data2[_i0],_max=data2[_i1];else if(sorted==-1)_min=
data2[_i1],_max=data2[_i0];else for(let i=_i0;i<=_i1;i++){let v=data2[i];predicate(v)&&(v<_min?_min=v:v>_max&&(_max=v))}return[_min??inf,_max??-inf]}function rangeLog(min2,max2,base,fullMags){
let minSign=sign(min2),maxSign=sign(max2);min2==max2&&(minSign==-1?(min2*=base,max2/=base):(min2/=base,max2*=base));let logFn=base==10?log10:log2,growMinAbs=minSign==
1?floor:ceil,growMaxAbs=maxSign==1?ceil:floor,minExp=growMinAbs(logFn(abs(min2))),maxExp=growMaxAbs(logFn(abs(max2))),minIncr=pow(base,minExp),maxIncr=pow(base,
maxExp);return base==10&&(minExp<0&&(minIncr=roundDec(minIncr,-minExp)),maxExp<0&&(maxIncr=roundDec(maxIncr,-maxExp))),fullMags||base==2?(min2=minIncr*minSign,max2=
maxIncr*maxSign):(min2=incrRoundDn(min2,minIncr),max2=incrRoundUp(max2,maxIncr)),[min2,max2]}function rangeAsinh(min2,max2,base,fullMags){let minMax=rangeLog(min2,
max2,base,fullMags);return min2==0&&(minMax[0]=0),max2==0&&(minMax[1]=0),minMax}var rangePad=.1,autoRangePart={mode:3,pad:rangePad},_eqRangePart={pad:0,soft:null,
mode:0},_eqRange={min:_eqRangePart,max:_eqRangePart};function rangeNum(_min,_max,mult,extra){return isObj(mult)?_rangeNum(_min,_max,mult):(_eqRangePart.pad=mult,
_eqRangePart.soft=extra?0:null,_eqRangePart.mode=extra?3:0,_rangeNum(_min,_max,_eqRange))}function ifNull(lh,rh){return lh??rh}function hasData(data2,idx0,idx1){
for(idx0=ifNull(idx0,0),idx1=ifNull(idx1,data2.length-1);idx0<=idx1;){if(data2[idx0]!=null)return!0;idx0++}return!1}function _rangeNum(_min,_max,cfg){let cmin=cfg.
min,cmax=cfg.max,padMin=ifNull(cmin.pad,0),padMax=ifNull(cmax.pad,0),hardMin=ifNull(cmin.hard,-inf),hardMax=ifNull(cmax.hard,inf),softMin=ifNull(cmin.soft,inf),
softMax=ifNull(cmax.soft,-inf),softMinMode=ifNull(cmin.mode,0),softMaxMode=ifNull(cmax.mode,0),delta=_max-_min,deltaMag=log10(delta),scalarMax=max(abs(_min),abs(
_max)),scalarMag=log10(scalarMax),scalarMagDelta=abs(scalarMag-deltaMag);(delta<1e-24||scalarMagDelta>10)&&(delta=0,(_min==0||_max==0)&&(delta=1e-24,softMinMode==
2&&softMin!=inf&&(padMin=0),softMaxMode==2&&softMax!=-inf&&(padMax=0)));let nonZeroDelta=delta||scalarMax||1e3,mag=log10(nonZeroDelta),base=pow(10,floor(mag)),_padMin=nonZeroDelta*
(delta==0?_min==0?.1:1:padMin),_newMin=roundDec(incrRoundDn(_min-_padMin,base/10),24),_softMin=_min>=softMin&&(softMinMode==1||softMinMode==3&&_newMin<=softMin||
softMinMode==2&&_newMin>=softMin)?softMin:inf,minLim=max(hardMin,_newMin<_softMin&&_min>=_softMin?_softMin:min(_softMin,_newMin)),_padMax=nonZeroDelta*(delta==0?
_max==0?.1:1:padMax),_newMax=roundDec(incrRoundUp(_max+_padMax,base/10),24),_softMax=_max<=softMax&&(softMaxMode==1||softMaxMode==3&&_newMax>=softMax||softMaxMode==
2&&_newMax<=softMax)?softMax:-inf,maxLim=min(hardMax,_newMax>_softMax&&_max<=_softMax?_softMax:max(_softMax,_newMax));return minLim==maxLim&&minLim==0&&(maxLim=
100),[minLim,maxLim]}var numFormatter=new Intl.NumberFormat(domEnv?nav.language:"en-US"),fmtNum=val=>numFormatter.format(val),M=Math,PI=M.PI,abs=M.abs,floor=M.floor,
round=M.round,ceil=M.ceil,min=M.min,max=M.max,pow=M.pow,sign=M.sign,log10=M.log10,log2=M.log2,sinh=(v,linthresh=1)=>M.sinh(v)*linthresh,asinh=(v,linthresh=1)=>M.
asinh(v/linthresh),inf=1/0;function numIntDigits(x){return(log10((x^x>>31)-(x>>31))|0)+1}function clamp(num,_min,_max){return min(max(num,_min),_max)}function isFn(v){
return typeof v=="function"}function fnOrSelf(v){return isFn(v)?v:()=>v}var noop=()=>{},retArg0=_0=>_0,retArg1=(_0,_1)=>_1,retNull=_2=>null,retTrue=_2=>!0,retEq=(a,b)=>a==
b,regex6=/\.\d*?(?=9{6,}|0{6,})/gm,fixFloat=val=>{if(isInt(val)||fixedDec.has(val))return val;let str=`${val}`,match=str.match(regex6);if(match==null)return val;
let len=match[0].length-1;if(str.indexOf("e-")!=-1){let[num,exp]=str.split("e");return+`${fixFloat(num)}e${exp}`}return roundDec(val,len)};function incrRound(num,incr){
return fixFloat(roundDec(fixFloat(num/incr))*incr)}function incrRoundUp(num,incr){return fixFloat(ceil(fixFloat(num/incr))*incr)}function incrRoundDn(num,incr){
return fixFloat(floor(fixFloat(num/incr))*incr)}function roundDec(val,dec=0){if(isInt(val))return val;let p=10**dec,n=val*p*(1+Number.EPSILON);return round(n)/p}
var fixedDec=new Map;function guessDec(num){return((""+num).split(".")[1]||"").length}function genIncrs(base,minExp,maxExp,mults){let incrs=[],multDec=mults.map(
guessDec);for(let exp=minExp;exp<maxExp;exp++){let expa=abs(exp),mag=roundDec(pow(base,exp),expa);for(let i=0;i<mults.length;i++){let _incr=base==10?+`${mults[i]}\
e${exp}`:mults[i]*mag,dec=(exp>=0?0:expa)+(exp>=multDec[i]?0:multDec[i]),incr=base==10?_incr:roundDec(_incr,dec);incrs.push(incr),fixedDec.set(incr,dec)}}return incrs}
var EMPTY_OBJ={},EMPTY_ARR=[],nullNullTuple=[null,null],isArr=Array.isArray,isInt=Number.isInteger,isUndef=v=>v===void 0;function isStr(v){return typeof v=="str\
ing"}function isObj(v){let is=!1;if(v!=null){let c=v.constructor;is=c==null||c==Object}return is}function fastIsObj(v){return v!=null&&typeof v=="object"}var TypedArray=Object.
getPrototypeOf(Uint8Array),__proto__="__proto__";function copy(o,_isObj=isObj){let out;if(isArr(o)){let val=o.find(v=>v!=null);if(isArr(val)||_isObj(val)){out=Array(
o.length);for(let i=0;i<o.length;i++)out[i]=copy(o[i],_isObj)}else out=o.slice()}else if(o instanceof TypedArray)out=o.slice();else if(_isObj(o)){out={};for(let k in o)
k!=__proto__&&(out[k]=copy(o[k],_isObj))}else out=o;return out}function assign(targ){let args=arguments;for(let i=1;i<args.length;i++){let src=args[i];for(let key2 in src)
key2!=__proto__&&(isObj(targ[key2])?assign(targ[key2],copy(src[key2])):targ[key2]=copy(src[key2]))}return targ}var NULL_REMOVE=0,NULL_RETAIN=1,NULL_EXPAND=2;function nullExpand(yVals,nullIdxs,alignedLen){
for(let i=0,xi,lastNullIdx=-1;i<nullIdxs.length;i++){let nullIdx=nullIdxs[i];if(nullIdx>lastNullIdx){for(xi=nullIdx-1;xi>=0&&yVals[xi]==null;)yVals[xi--]=null;for(xi=
nullIdx+1;xi<alignedLen&&yVals[xi]==null;)yVals[lastNullIdx=xi++]=null}}}function join(tables,nullModes){if(allHeadersSame(tables)){let table=tables[0].slice();
for(let i=1;i<tables.length;i++)table.push(...tables[i].slice(1));return isAsc(table[0])||(table=sortCols(table)),table}let xVals=new Set;for(let ti=0;ti<tables.
length;ti++){let xs=tables[ti][0],len=xs.length;for(let i=0;i<len;i++)xVals.add(xs[i])}let data2=[Array.from(xVals).sort((a,b)=>a-b)],alignedLen=data2[0].length,
xIdxs=new Map;for(let i=0;i<alignedLen;i++)xIdxs.set(data2[0][i],i);for(let ti=0;ti<tables.length;ti++){let t=tables[ti],xs=t[0];for(let si=1;si<t.length;si++){
let ys=t[si],yVals=Array(alignedLen).fill(void 0),nullMode=nullModes?nullModes[ti][si]:NULL_RETAIN,nullIdxs=[];for(let i=0;i<ys.length;i++){let yVal=ys[i],alignedIdx=xIdxs.
get(xs[i]);yVal===null?nullMode!=NULL_REMOVE&&(yVals[alignedIdx]=yVal,nullMode==NULL_EXPAND&&nullIdxs.push(alignedIdx)):yVals[alignedIdx]=yVal}nullExpand(yVals,
nullIdxs,alignedLen),data2.push(yVals)}}return data2}var microTask=typeof queueMicrotask>"u"?fn=>Promise.resolve().then(fn):queueMicrotask;function sortCols(table){
let head=table[0],rlen=head.length,idxs=Array(rlen);for(let i=0;i<idxs.length;i++)idxs[i]=i;idxs.sort((i0,i1)=>head[i0]-head[i1]);let table2=[];for(let i=0;i<table.
length;i++){let row=table[i],row2=Array(rlen);for(let j=0;j<rlen;j++)row2[j]=row[idxs[j]];table2.push(row2)}return table2}function allHeadersSame(tables){let vals0=tables[0][0],
len0=vals0.length;for(let i=1;i<tables.length;i++){let vals1=tables[i][0];if(vals1.length!=len0)return!1;if(vals1!=vals0){for(let j=0;j<len0;j++)if(vals1[j]!=vals0[j])
return!1}}return!0}function isAsc(vals,samples=100){let len=vals.length;if(len<=1)return!0;let firstIdx=0,lastIdx=len-1;for(;firstIdx<=lastIdx&&vals[firstIdx]==
null;)firstIdx++;for(;lastIdx>=firstIdx&&vals[lastIdx]==null;)lastIdx--;if(lastIdx<=firstIdx)return!0;let stride=max(1,floor((lastIdx-firstIdx+1)/samples));for(let prevVal=vals[firstIdx],
i=firstIdx+stride;i<=lastIdx;i+=stride){let v=vals[i];if(v!=null){if(v<=prevVal)return!1;prevVal=v}}return!0}var months=["January","February","March","April","M\
ay","June","July","August","September","October","November","December"],days=["Sunday","Monday","Tuesday","Wednesday","Thursday","Friday","Saturday"];function slice3(str){
return str.slice(0,3)}var days3=days.map(slice3),months3=months.map(slice3),engNames={MMMM:months,MMM:months3,WWWW:days,WWW:days3};function zeroPad2(int){return(int<
10?"0":"")+int}function zeroPad3(int){return(int<10?"00":int<100?"0":"")+int}var subs={YYYY:d=>d.getFullYear(),YY:d=>(d.getFullYear()+"").slice(2),MMMM:(d,names)=>names.
MMMM[d.getMonth()],MMM:(d,names)=>names.MMM[d.getMonth()],MM:d=>zeroPad2(d.getMonth()+1),M:d=>d.getMonth()+1,DD:d=>zeroPad2(d.getDate()),D:d=>d.getDate(),WWWW:(d,names)=>names.
WWWW[d.getDay()],WWW:(d,names)=>names.WWW[d.getDay()],HH:d=>zeroPad2(d.getHours()),H:d=>d.getHours(),h:d=>{let h=d.getHours();return h==0?12:h>12?h-12:h},AA:d=>d.
getHours()>=12?"PM":"AM",aa:d=>d.getHours()>=12?"pm":"am",a:d=>d.getHours()>=12?"p":"a",mm:d=>zeroPad2(d.getMinutes()),m:d=>d.getMinutes(),ss:d=>zeroPad2(d.getSeconds()),
s:d=>d.getSeconds(),fff:d=>zeroPad3(d.getMilliseconds())};function fmtDate(tpl,names){names=names||engNames;let parts=[],R=/\{([a-z]+)\}|[^{]+/gi,m;for(;m=R.exec(
tpl);)parts.push(m[0][0]=="{"?subs[m[1]]:m[0]);return d=>{let out="";for(let i=0;i<parts.length;i++)out+=typeof parts[i]=="string"?parts[i]:parts[i](d,names);return out}}
var localTz=new Intl.DateTimeFormat().resolvedOptions().timeZone;function tzDate(date,tz){let date2;return tz=="UTC"||tz=="Etc/UTC"?date2=new Date(+date+date.getTimezoneOffset()*
6e4):tz==localTz?date2=date:(date2=new Date(date.toLocaleString("en-US",{timeZone:tz})),date2.setMilliseconds(date.getMilliseconds())),date2}var onlyWhole=v=>v%
1==0,allMults=[1,2,2.5,5],decIncrs=genIncrs(10,-32,0,allMults),oneIncrs=genIncrs(10,0,32,allMults),wholeIncrs=oneIncrs.filter(onlyWhole),numIncrs=decIncrs.concat(
oneIncrs),NL=`
`,yyyy="{YYYY}",NLyyyy=NL+yyyy,md="{M}/{D}",NLmd=NL+md,NLmdyy=NLmd+"/{YY}",aa="{aa}",hmm="{h}:{mm}",hmmaa=hmm+aa,NLhmmaa=NL+hmmaa,ss=":{ss}",_=null;function genTimeStuffs(ms){
let s=ms*1e3,m=s*60,h=m*60,d=h*24,mo=d*30,y=d*365,timeIncrs=(ms==1?genIncrs(10,0,3,allMults).filter(onlyWhole):genIncrs(10,-3,0,allMults)).concat([s,s*5,s*10,s*
15,s*30,m,m*5,m*10,m*15,m*30,h,h*2,h*3,h*4,h*6,h*8,h*12,d,d*2,d*3,d*4,d*5,d*6,d*7,d*8,d*9,d*10,d*15,mo,mo*2,mo*3,mo*4,mo*6,y,y*2,y*5,y*10,y*25,y*50,y*100]),_timeAxisStamps=[
[y,yyyy,_,_,_,_,_,_,1],[d*28,"{MMM}",NLyyyy,_,_,_,_,_,1],[d,md,NLyyyy,_,_,_,_,_,1],[h,"{h}"+aa,NLmdyy,_,NLmd,_,_,_,1],[m,hmmaa,NLmdyy,_,NLmd,_,_,_,1],[s,ss,NLmdyy+
" "+hmmaa,_,NLmd+" "+hmmaa,_,NLhmmaa,_,1],[ms,ss+".{fff}",NLmdyy+" "+hmmaa,_,NLmd+" "+hmmaa,_,NLhmmaa,_,1]];function timeAxisSplits(tzDate2){return(self,axisIdx,scaleMin,scaleMax,foundIncr,foundSpace)=>{
let splits=[],isYr=foundIncr>=y,isMo=foundIncr>=mo&&foundIncr<y,minDate=tzDate2(scaleMin),minDateTs=roundDec(minDate*ms,3),minMin=mkDate(minDate.getFullYear(),isYr?
0:minDate.getMonth(),isMo||isYr?1:minDate.getDate()),minMinTs=roundDec(minMin*ms,3);if(isMo||isYr){let moIncr=isMo?foundIncr/mo:0,yrIncr=isYr?foundIncr/y:0,split=minDateTs==
minMinTs?minDateTs:roundDec(mkDate(minMin.getFullYear()+yrIncr,minMin.getMonth()+moIncr,1)*ms,3),splitDate=new Date(round(split/ms)),baseYear=splitDate.getFullYear(),
baseMonth=splitDate.getMonth();for(let i=0;split<=scaleMax;i++){let next=mkDate(baseYear+yrIncr*i,baseMonth+moIncr*i,1),offs=next-tzDate2(roundDec(next*ms,3));split=
roundDec((+next+offs)*ms,3),split<=scaleMax&&splits.push(split)}}else{let incr0=foundIncr>=d?d:foundIncr,tzOffset=floor(scaleMin)-floor(minDateTs),split=minMinTs+
tzOffset+incrRoundUp(minDateTs-minMinTs,incr0);splits.push(split);let date0=tzDate2(split),prevHour=date0.getHours()+date0.getMinutes()/m+date0.getSeconds()/h,incrHours=foundIncr/
h,minSpace=self.axes[axisIdx]._space,pctSpace=foundSpace/minSpace;for(;split=roundDec(split+foundIncr,ms==1?0:3),!(split>scaleMax);)if(incrHours>1){let expectedHour=floor(
roundDec(prevHour+incrHours,6))%24,dstShift=tzDate2(split).getHours()-expectedHour;dstShift>1&&(dstShift=-1),split-=dstShift*h,prevHour=(prevHour+incrHours)%24;
let prevSplit=splits[splits.length-1];roundDec((split-prevSplit)/foundIncr,3)*pctSpace>=.7&&splits.push(split)}else splits.push(split)}return splits}}return[timeIncrs,
_timeAxisStamps,timeAxisSplits]}var[timeIncrsMs,_timeAxisStampsMs,timeAxisSplitsMs]=genTimeStuffs(1),[timeIncrsS,_timeAxisStampsS,timeAxisSplitsS]=genTimeStuffs(
.001);genIncrs(2,-53,53,[1]);function timeAxisStamps(stampCfg,fmtDate2){return stampCfg.map(s=>s.map((v,i)=>i==0||i==8||v==null?v:fmtDate2(i==1||s[8]==0?v:s[1]+
v)))}function timeAxisVals(tzDate2,stamps){return(self,splits,axisIdx,foundSpace,foundIncr)=>{let s=stamps.find(s2=>foundIncr>=s2[0])||stamps[stamps.length-1],prevYear,
prevMnth,prevDate,prevHour,prevMins,prevSecs;return splits.map(split=>{let date=tzDate2(split),newYear=date.getFullYear(),newMnth=date.getMonth(),newDate=date.getDate(),
newHour=date.getHours(),newMins=date.getMinutes(),newSecs=date.getSeconds(),stamp=newYear!=prevYear&&s[2]||newMnth!=prevMnth&&s[3]||newDate!=prevDate&&s[4]||newHour!=
prevHour&&s[5]||newMins!=prevMins&&s[6]||newSecs!=prevSecs&&s[7]||s[1];return prevYear=newYear,prevMnth=newMnth,prevDate=newDate,prevHour=newHour,prevMins=newMins,
prevSecs=newSecs,stamp(date)})}}function timeAxisVal(tzDate2,dateTpl){let stamp=fmtDate(dateTpl);return(self,splits,axisIdx,foundSpace,foundIncr)=>splits.map(split=>stamp(
tzDate2(split)))}function mkDate(y,m,d){return new Date(y,m,d)}function timeSeriesStamp(stampCfg,fmtDate2){return fmtDate2(stampCfg)}var _timeSeriesStamp="{YYYY\
}-{MM}-{DD} {h}:{mm}{aa}";function timeSeriesVal(tzDate2,stamp){return(self,val,seriesIdx,dataIdx)=>dataIdx==null?LEGEND_DISP:stamp(tzDate2(val))}function legendStroke(self,seriesIdx){
let s=self.series[seriesIdx];return s.width?s.stroke(self,seriesIdx):s.points.width?s.points.stroke(self,seriesIdx):null}function legendFill(self,seriesIdx){return self.
series[seriesIdx].fill(self,seriesIdx)}var legendOpts={show:!0,live:!0,isolate:!1,mount:noop,markers:{show:!0,width:2,stroke:legendStroke,fill:legendFill,dash:"\
solid"},idx:null,idxs:null,values:[]};function cursorPointShow(self,si){let o=self.cursor.points,pt=placeDiv(),size=o.size(self,si);setStylePx(pt,WIDTH,size),setStylePx(
pt,HEIGHT,size);let mar=size/-2;setStylePx(pt,"marginLeft",mar),setStylePx(pt,"marginTop",mar);let width=o.width(self,si,size);return width&&setStylePx(pt,"bord\
erWidth",width),pt}function cursorPointFill(self,si){let sp=self.series[si].points;return sp._fill||sp._stroke}function cursorPointStroke(self,si){let sp=self.series[si].
points;return sp._stroke||sp._fill}function cursorPointSize(self,si){return self.series[si].points.size}var moveTuple=[0,0];function cursorMove(self,mouseLeft1,mouseTop1){
return moveTuple[0]=mouseLeft1,moveTuple[1]=mouseTop1,moveTuple}function filtBtn0(self,targ,handle,onlyTarg=!0){return e=>{e.button==0&&(!onlyTarg||e.target==targ)&&
handle(e)}}function filtTarg(self,targ,handle,onlyTarg=!0){return e=>{(!onlyTarg||e.target==targ)&&handle(e)}}var cursorOpts={show:!0,x:!0,y:!0,lock:!1,move:cursorMove,
points:{one:!1,show:cursorPointShow,size:cursorPointSize,width:0,stroke:cursorPointStroke,fill:cursorPointFill},bind:{mousedown:filtBtn0,mouseup:filtBtn0,click:filtBtn0,
dblclick:filtBtn0,mousemove:filtTarg,mouseleave:filtTarg,mouseenter:filtTarg},drag:{setScale:!0,x:!0,y:!1,dist:0,uni:null,click:(self,e)=>{e.stopPropagation(),e.
stopImmediatePropagation()},_x:!1,_y:!1},focus:{dist:(self,seriesIdx,dataIdx,valPos,curPos)=>valPos-curPos,prox:-1,bias:0},hover:{skip:[void 0],prox:null,bias:0},
left:-10,top:-10,idx:null,dataIdx:null,idxs:null,event:null},axisLines={show:!0,stroke:"rgba(0,0,0,0.07)",width:2},grid=assign({},axisLines,{filter:retArg1}),ticks=assign(
{},grid,{size:10}),border=assign({},axisLines,{show:!1}),font='12px system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, "Noto Sans", sans-ser\
if, "Apple Color Emoji", "Segoe UI Emoji", "Segoe UI Symbol", "Noto Color Emoji"',labelFont="bold "+font,lineGap=1.5,xAxisOpts={show:!0,scale:"x",stroke:hexBlack,
space:50,gap:5,alignTo:1,size:50,labelGap:0,labelSize:30,labelFont,side:2,grid,ticks,border,font,lineGap,rotate:0},numSeriesLabel="Value",timeSeriesLabel="Time",
xSeriesOpts={show:!0,scale:"x",auto:!1,sorted:1,min:inf,max:-inf,idxs:[]};function numAxisVals(self,splits,axisIdx,foundSpace,foundIncr){return splits.map(v=>v==
null?"":fmtNum(v))}function numAxisSplits(self,axisIdx,scaleMin,scaleMax,foundIncr,foundSpace,forceMin){let splits=[],numDec=fixedDec.get(foundIncr)||0;scaleMin=
forceMin?scaleMin:roundDec(incrRoundUp(scaleMin,foundIncr),numDec);for(let val=scaleMin;val<=scaleMax;val=roundDec(val+foundIncr,numDec))splits.push(Object.is(val,
-0)?0:val);return splits}function logAxisSplits(self,axisIdx,scaleMin,scaleMax,foundIncr,foundSpace,forceMin){let splits=[],logBase=self.scales[self.axes[axisIdx].
scale].log,logFn=logBase==10?log10:log2,exp=floor(logFn(scaleMin));foundIncr=pow(logBase,exp),logBase==10&&(foundIncr=numIncrs[closestIdx(foundIncr,numIncrs)]);
let split=scaleMin,nextMagIncr=foundIncr*logBase;logBase==10&&(nextMagIncr=numIncrs[closestIdx(nextMagIncr,numIncrs)]);do splits.push(split),split=split+foundIncr,
logBase==10&&!fixedDec.has(split)&&(split=roundDec(split,fixedDec.get(foundIncr))),split>=nextMagIncr&&(foundIncr=split,nextMagIncr=foundIncr*logBase,logBase==10&&
(nextMagIncr=numIncrs[closestIdx(nextMagIncr,numIncrs)]));while(split<=scaleMax);return splits}function asinhAxisSplits(self,axisIdx,scaleMin,scaleMax,foundIncr,foundSpace,forceMin){
let linthresh=self.scales[self.axes[axisIdx].scale].asinh,posSplits=scaleMax>linthresh?logAxisSplits(self,axisIdx,max(linthresh,scaleMin),scaleMax,foundIncr):[linthresh],
zero=scaleMax>=0&&scaleMin<=0?[0]:[];return(scaleMin<-linthresh?logAxisSplits(self,axisIdx,max(linthresh,-scaleMax),-scaleMin,foundIncr):[linthresh]).reverse().
map(v=>-v).concat(zero,posSplits)}var RE_ALL=/./,RE_12357=/[12357]/,RE_125=/[125]/,RE_1=/1/,_filt=(splits,distr,re,keepMod)=>splits.map((v,i)=>distr==4&&v==0||i%
keepMod==0&&re.test(v.toExponential()[v<0?1:0])?v:null);function log10AxisValsFilt(self,splits,axisIdx,foundSpace,foundIncr){let axis2=self.axes[axisIdx],scaleKey=axis2.
scale,sc=self.scales[scaleKey],valToPos=self.valToPos,minSpace=axis2._space,_10=valToPos(10,scaleKey),re=valToPos(9,scaleKey)-_10>=minSpace?RE_ALL:valToPos(7,scaleKey)-
_10>=minSpace?RE_12357:valToPos(5,scaleKey)-_10>=minSpace?RE_125:RE_1;if(re==RE_1){let magSpace=abs(valToPos(1,scaleKey)-_10);if(magSpace<minSpace)return _filt(
splits.slice().reverse(),sc.distr,re,ceil(minSpace/magSpace)).reverse()}return _filt(splits,sc.distr,re,1)}function log2AxisValsFilt(self,splits,axisIdx,foundSpace,foundIncr){
let axis2=self.axes[axisIdx],scaleKey=axis2.scale,minSpace=axis2._space,valToPos=self.valToPos,magSpace=abs(valToPos(1,scaleKey)-valToPos(2,scaleKey));return magSpace<
minSpace?_filt(splits.slice().reverse(),3,RE_ALL,ceil(minSpace/magSpace)).reverse():splits}function numSeriesVal(self,val,seriesIdx,dataIdx){return dataIdx==null?
LEGEND_DISP:val==null?"":fmtNum(val)}var yAxisOpts={show:!0,scale:"y",stroke:hexBlack,space:30,gap:5,alignTo:1,size:50,labelGap:0,labelSize:30,labelFont,side:3,
grid,ticks,border,font,lineGap,rotate:0};function ptDia(width,mult){let dia=3+(width||1)*2;return roundDec(dia*mult,3)}function seriesPointsShow(self,si){let{scale,
idxs}=self.series[0],xData=self._data[0],p0=self.valToPos(xData[idxs[0]],scale,!0),p1=self.valToPos(xData[idxs[1]],scale,!0),dim=abs(p1-p0),s=self.series[si],maxPts=dim/
(s.points.space*pxRatio);return idxs[1]-idxs[0]<=maxPts}var facet={scale:null,auto:!0,sorted:0,min:inf,max:-inf},gaps=(self,seriesIdx,idx0,idx1,nullGaps)=>nullGaps,
xySeriesOpts={show:!0,auto:!0,sorted:0,gaps,alpha:1,facets:[assign({},facet,{scale:"x"}),assign({},facet,{scale:"y"})]},ySeriesOpts={scale:"y",auto:!0,sorted:0,
show:!0,spanGaps:!1,gaps,alpha:1,points:{show:seriesPointsShow,filter:null},values:null,min:inf,max:-inf,idxs:[],path:null,clip:null};function clampScale(self,val,scaleMin,scaleMax,scaleKey){
return scaleMin/10}var xScaleOpts={time:!0,auto:!0,distr:1,log:10,asinh:1,min:null,max:null,dir:1,ori:0},yScaleOpts=assign({},xScaleOpts,{time:!1,ori:1}),syncs={};
function _sync(key2,opts){let s=syncs[key2];return s||(s={key:key2,plots:[],sub(plot){s.plots.push(plot)},unsub(plot){s.plots=s.plots.filter(c=>c!=plot)},pub(type,self,x,y,w,h,i){
for(let j=0;j<s.plots.length;j++)s.plots[j]!=self&&s.plots[j].pub(type,self,x,y,w,h,i)}},key2!=null&&(syncs[key2]=s)),s}var BAND_CLIP_FILL=1,BAND_CLIP_STROKE=2;
function orient(u,seriesIdx,cb){let mode2=u.mode,series=u.series[seriesIdx],data2=mode2==2?u._data[seriesIdx]:u._data,scales=u.scales,bbox=u.bbox,dx=data2[0],dy=mode2==
2?data2[1]:data2[seriesIdx],sx=mode2==2?scales[series.facets[0].scale]:scales[u.series[0].scale],sy=mode2==2?scales[series.facets[1].scale]:scales[series.scale],
l=bbox.left,t=bbox.top,w=bbox.width,h=bbox.height,H=u.valToPosH,V=u.valToPosV;return sx.ori==0?cb(series,dx,dy,sx,sy,H,V,l,t,w,h,moveToH,lineToH,rectH,arcH,bezierCurveToH):
cb(series,dx,dy,sx,sy,V,H,t,l,h,w,moveToV,lineToV,rectV,arcV,bezierCurveToV)}function bandFillClipDirs(self,seriesIdx){let fillDir=0,clipDirs=0,bands=ifNull(self.
bands,EMPTY_ARR);for(let i=0;i<bands.length;i++){let b=bands[i];b.series[0]==seriesIdx?fillDir=b.dir:b.series[1]==seriesIdx&&(b.dir==1?clipDirs|=1:clipDirs|=2)}
return[fillDir,clipDirs==1?-1:clipDirs==2?1:clipDirs==3?2:0]}function seriesFillTo(self,seriesIdx,dataMin,dataMax,bandFillDir){let mode2=self.mode,series=self.series[seriesIdx],
scaleKey=mode2==2?series.facets[1].scale:series.scale,scale=self.scales[scaleKey];return bandFillDir==-1?scale.min:bandFillDir==1?scale.max:scale.distr==3?scale.
dir==1?scale.min:scale.max:0}function clipBandLine(self,seriesIdx,idx0,idx1,strokePath,clipDir){return orient(self,seriesIdx,(series,dataX,dataY,scaleX,scaleY,valToPosX,valToPosY,xOff,yOff,xDim,yDim)=>{
let pxRound=series.pxRound,dir=scaleX.dir*(scaleX.ori==0?1:-1),lineTo=scaleX.ori==0?lineToH:lineToV,frIdx,toIdx;dir==1?(frIdx=idx0,toIdx=idx1):(frIdx=idx1,toIdx=
idx0);let x0=pxRound(valToPosX(dataX[frIdx],scaleX,xDim,xOff)),y0=pxRound(valToPosY(dataY[frIdx],scaleY,yDim,yOff)),x1=pxRound(valToPosX(dataX[toIdx],scaleX,xDim,
xOff)),yLimit=pxRound(valToPosY(clipDir==1?scaleY.max:scaleY.min,scaleY,yDim,yOff)),clip=new Path2D(strokePath);return lineTo(clip,x1,yLimit),lineTo(clip,x0,yLimit),
lineTo(clip,x0,y0),clip})}function clipGaps(gaps2,ori,plotLft,plotTop,plotWid,plotHgt){let clip=null;if(gaps2.length>0){clip=new Path2D;let rect2=ori==0?rectH:rectV,
prevGapEnd=plotLft;for(let i=0;i<gaps2.length;i++){let g=gaps2[i];if(g[1]>g[0]){let w2=g[0]-prevGapEnd;w2>0&&rect2(clip,prevGapEnd,plotTop,w2,plotTop+plotHgt),prevGapEnd=
g[1]}}let w=plotLft+plotWid-prevGapEnd,maxStrokeWidth=10;w>0&&rect2(clip,prevGapEnd,plotTop-maxStrokeWidth/2,w,plotTop+plotHgt+maxStrokeWidth)}return clip}function addGap(gaps2,fromX,toX){
let prevGap=gaps2[gaps2.length-1];prevGap&&prevGap[0]==fromX?prevGap[1]=toX:gaps2.push([fromX,toX])}function findGaps(xs,ys,idx0,idx1,dir,pixelForX,align){let gaps2=[],
len=xs.length;for(let i=dir==1?idx0:idx1;i>=idx0&&i<=idx1;i+=dir)if(ys[i]===null){let fr=i,to=i;if(dir==1)for(;++i<=idx1&&ys[i]===null;)to=i;else for(;--i>=idx0&&
ys[i]===null;)to=i;let frPx=pixelForX(xs[fr]),toPx=to==fr?frPx:pixelForX(xs[to]),fri2=fr-dir;frPx=align<=0&&fri2>=0&&fri2<len?pixelForX(xs[fri2]):frPx;let toi2=to+
dir;toPx=align>=0&&toi2>=0&&toi2<len?pixelForX(xs[toi2]):toPx,toPx>=frPx&&gaps2.push([frPx,toPx])}return gaps2}function pxRoundGen(pxAlign){return pxAlign==0?retArg0:
pxAlign==1?round:v=>incrRound(v,pxAlign)}function rect(ori){let moveTo=ori==0?moveToH:moveToV,arcTo=ori==0?(p,x1,y1,x2,y2,r)=>{p.arcTo(x1,y1,x2,y2,r)}:(p,y1,x1,y2,x2,r)=>{
p.arcTo(x1,y1,x2,y2,r)},rect2=ori==0?(p,x,y,w,h)=>{p.rect(x,y,w,h)}:(p,y,x,h,w)=>{p.rect(x,y,w,h)};return(p,x,y,w,h,endRad=0,baseRad=0)=>{endRad==0&&baseRad==0?
rect2(p,x,y,w,h):(endRad=min(endRad,w/2,h/2),baseRad=min(baseRad,w/2,h/2),moveTo(p,x+endRad,y),arcTo(p,x+w,y,x+w,y+h,endRad),arcTo(p,x+w,y+h,x,y+h,baseRad),arcTo(
p,x,y+h,x,y,baseRad),arcTo(p,x,y,x+w,y,endRad),p.closePath())}}var moveToH=(p,x,y)=>{p.moveTo(x,y)},moveToV=(p,y,x)=>{p.moveTo(x,y)},lineToH=(p,x,y)=>{p.lineTo(
x,y)},lineToV=(p,y,x)=>{p.lineTo(x,y)},rectH=rect(0),rectV=rect(1),arcH=(p,x,y,r,startAngle,endAngle)=>{p.arc(x,y,r,startAngle,endAngle)},arcV=(p,y,x,r,startAngle,endAngle)=>{
p.arc(x,y,r,startAngle,endAngle)},bezierCurveToH=(p,bp1x,bp1y,bp2x,bp2y,p2x,p2y)=>{p.bezierCurveTo(bp1x,bp1y,bp2x,bp2y,p2x,p2y)},bezierCurveToV=(p,bp1y,bp1x,bp2y,bp2x,p2y,p2x)=>{
p.bezierCurveTo(bp1x,bp1y,bp2x,bp2y,p2x,p2y)};function points(opts){return(u,seriesIdx,idx0,idx1,filtIdxs)=>orient(u,seriesIdx,(series,dataX,dataY,scaleX,scaleY,valToPosX,valToPosY,xOff,yOff,xDim,yDim)=>{
let{pxRound,points:points2}=series,moveTo,arc;scaleX.ori==0?(moveTo=moveToH,arc=arcH):(moveTo=moveToV,arc=arcV);let width=roundDec(points2.width*pxRatio,3),rad=(points2.
size-points2.width)/2*pxRatio,dia=roundDec(rad*2,3),fill=new Path2D,clip=new Path2D,{left:lft,top,width:wid,height:hgt}=u.bbox;rectH(clip,lft-dia,top-dia,wid+dia*
2,hgt+dia*2);let drawPoint=pi=>{if(dataY[pi]!=null){let x=pxRound(valToPosX(dataX[pi],scaleX,xDim,xOff)),y=pxRound(valToPosY(dataY[pi],scaleY,yDim,yOff));moveTo(
fill,x+rad,y),arc(fill,x,y,rad,0,PI*2)}};if(filtIdxs)filtIdxs.forEach(drawPoint);else for(let pi=idx0;pi<=idx1;pi++)drawPoint(pi);return{stroke:width>0?fill:null,
fill,clip,flags:BAND_CLIP_FILL|BAND_CLIP_STROKE}})}function _drawAcc(lineTo){return(stroke,accX,minY,maxY,inY,outY)=>{minY!=maxY&&(inY!=minY&&outY!=minY&&lineTo(
stroke,accX,minY),inY!=maxY&&outY!=maxY&&lineTo(stroke,accX,maxY),lineTo(stroke,accX,outY))}}var drawAccH=_drawAcc(lineToH),drawAccV=_drawAcc(lineToV);function linear(opts){
let alignGaps=ifNull(opts?.alignGaps,0);return(u,seriesIdx,idx0,idx1)=>orient(u,seriesIdx,(series,dataX,dataY,scaleX,scaleY,valToPosX,valToPosY,xOff,yOff,xDim,yDim)=>{
[idx0,idx1]=nonNullIdxs(dataY,idx0,idx1);let pxRound=series.pxRound,pixelForX=val=>pxRound(valToPosX(val,scaleX,xDim,xOff)),pixelForY=val=>pxRound(valToPosY(val,
scaleY,yDim,yOff)),lineTo,drawAcc;scaleX.ori==0?(lineTo=lineToH,drawAcc=drawAccH):(lineTo=lineToV,drawAcc=drawAccV);let dir=scaleX.dir*(scaleX.ori==0?1:-1),_paths={
stroke:new Path2D,fill:null,clip:null,band:null,gaps:null,flags:BAND_CLIP_FILL},stroke=_paths.stroke,hasGap=!1;if(idx1-idx0>=xDim*4){let xForPixel=pos=>u.posToVal(
pos,scaleX.key,!0),minY=null,maxY=null,inY,outY,drawnAtX,accX=pixelForX(dataX[dir==1?idx0:idx1]),idx0px=pixelForX(dataX[idx0]),idx1px=pixelForX(dataX[idx1]),nextAccXVal=xForPixel(
dir==1?idx0px+1:idx1px-1);for(let i=dir==1?idx0:idx1;i>=idx0&&i<=idx1;i+=dir){let xVal=dataX[i],x=(dir==1?xVal<nextAccXVal:xVal>nextAccXVal)?accX:pixelForX(xVal),
yVal=dataY[i];x==accX?yVal!=null?(outY=yVal,minY==null?(lineTo(stroke,x,pixelForY(outY)),inY=minY=maxY=outY):outY<minY?minY=outY:outY>maxY&&(maxY=outY)):yVal===
null&&(hasGap=!0):(minY!=null&&drawAcc(stroke,accX,pixelForY(minY),pixelForY(maxY),pixelForY(inY),pixelForY(outY)),yVal!=null?(outY=yVal,lineTo(stroke,x,pixelForY(
outY)),minY=maxY=inY=outY):(minY=maxY=null,yVal===null&&(hasGap=!0)),accX=x,nextAccXVal=xForPixel(accX+dir))}minY!=null&&minY!=maxY&&drawnAtX!=accX&&drawAcc(stroke,
accX,pixelForY(minY),pixelForY(maxY),pixelForY(inY),pixelForY(outY))}else for(let i=dir==1?idx0:idx1;i>=idx0&&i<=idx1;i+=dir){let yVal=dataY[i];yVal===null?hasGap=
!0:yVal!=null&&lineTo(stroke,pixelForX(dataX[i]),pixelForY(yVal))}let[bandFillDir,bandClipDir]=bandFillClipDirs(u,seriesIdx);if(series.fill!=null||bandFillDir!=
0){let fill=_paths.fill=new Path2D(stroke),fillToVal=series.fillTo(u,seriesIdx,series.min,series.max,bandFillDir),fillToY=pixelForY(fillToVal),frX=pixelForX(dataX[idx0]),
toX=pixelForX(dataX[idx1]);dir==-1&&([toX,frX]=[frX,toX]),lineTo(fill,toX,fillToY),lineTo(fill,frX,fillToY)}if(!series.spanGaps){let gaps2=[];hasGap&&gaps2.push(
...findGaps(dataX,dataY,idx0,idx1,dir,pixelForX,alignGaps)),_paths.gaps=gaps2=series.gaps(u,seriesIdx,idx0,idx1,gaps2),_paths.clip=clipGaps(gaps2,scaleX.ori,xOff,
yOff,xDim,yDim)}return bandClipDir!=0&&(_paths.band=bandClipDir==2?[clipBandLine(u,seriesIdx,idx0,idx1,stroke,-1),clipBandLine(u,seriesIdx,idx0,idx1,stroke,1)]:
clipBandLine(u,seriesIdx,idx0,idx1,stroke,bandClipDir)),_paths})}function stepped(opts){let align=ifNull(opts.align,1),ascDesc=ifNull(opts.ascDesc,!1),alignGaps=ifNull(
opts.alignGaps,0),extend=ifNull(opts.extend,!1);return(u,seriesIdx,idx0,idx1)=>orient(u,seriesIdx,(series,dataX,dataY,scaleX,scaleY,valToPosX,valToPosY,xOff,yOff,xDim,yDim)=>{
[idx0,idx1]=nonNullIdxs(dataY,idx0,idx1);let pxRound=series.pxRound,{left,width}=u.bbox,pixelForX=val=>pxRound(valToPosX(val,scaleX,xDim,xOff)),pixelForY=val=>pxRound(
valToPosY(val,scaleY,yDim,yOff)),lineTo=scaleX.ori==0?lineToH:lineToV,_paths={stroke:new Path2D,fill:null,clip:null,band:null,gaps:null,flags:BAND_CLIP_FILL},stroke=_paths.
stroke,dir=scaleX.dir*(scaleX.ori==0?1:-1),prevYPos=pixelForY(dataY[dir==1?idx0:idx1]),firstXPos=pixelForX(dataX[dir==1?idx0:idx1]),prevXPos=firstXPos,firstXPosExt=firstXPos;
extend&&align==-1&&(firstXPosExt=left,lineTo(stroke,firstXPosExt,prevYPos)),lineTo(stroke,firstXPos,prevYPos);for(let i=dir==1?idx0:idx1;i>=idx0&&i<=idx1;i+=dir){
let yVal1=dataY[i];if(yVal1==null)continue;let x1=pixelForX(dataX[i]),y1=pixelForY(yVal1);align==1?lineTo(stroke,x1,prevYPos):lineTo(stroke,prevXPos,y1),lineTo(
stroke,x1,y1),prevYPos=y1,prevXPos=x1}let prevXPosExt=prevXPos;extend&&align==1&&(prevXPosExt=left+width,lineTo(stroke,prevXPosExt,prevYPos));let[bandFillDir,bandClipDir]=bandFillClipDirs(
u,seriesIdx);if(series.fill!=null||bandFillDir!=0){let fill=_paths.fill=new Path2D(stroke),fillTo=series.fillTo(u,seriesIdx,series.min,series.max,bandFillDir),fillToY=pixelForY(
fillTo);lineTo(fill,prevXPosExt,fillToY),lineTo(fill,firstXPosExt,fillToY)}if(!series.spanGaps){let gaps2=[];gaps2.push(...findGaps(dataX,dataY,idx0,idx1,dir,pixelForX,
alignGaps));let halfStroke=series.width*pxRatio/2,startsOffset=ascDesc||align==1?halfStroke:-halfStroke,endsOffset=ascDesc||align==-1?-halfStroke:halfStroke;gaps2.
forEach(g=>{g[0]+=startsOffset,g[1]+=endsOffset}),_paths.gaps=gaps2=series.gaps(u,seriesIdx,idx0,idx1,gaps2),_paths.clip=clipGaps(gaps2,scaleX.ori,xOff,yOff,xDim,
yDim)}return bandClipDir!=0&&(_paths.band=bandClipDir==2?[clipBandLine(u,seriesIdx,idx0,idx1,stroke,-1),clipBandLine(u,seriesIdx,idx0,idx1,stroke,1)]:clipBandLine(
u,seriesIdx,idx0,idx1,stroke,bandClipDir)),_paths})}function findColWidth(dataX,dataY,valToPosX,scaleX,xDim,xOff,colWid=inf){if(dataX.length>1){let prevIdx=null;
for(let i=0,minDelta=1/0;i<dataX.length;i++)if(dataY[i]!==void 0){if(prevIdx!=null){let delta=abs(dataX[i]-dataX[prevIdx]);delta<minDelta&&(minDelta=delta,colWid=
abs(valToPosX(dataX[i],scaleX,xDim,xOff)-valToPosX(dataX[prevIdx],scaleX,xDim,xOff)))}prevIdx=i}}return colWid}function bars(opts){opts=opts||EMPTY_OBJ;let size=ifNull(
opts.size,[.6,inf,1]),align=opts.align||0,_extraGap=opts.gap||0,ro=opts.radius;ro=ro==null?[0,0]:typeof ro=="number"?[ro,0]:ro;let radiusFn=fnOrSelf(ro),gapFactor=1-
size[0],_maxWidth=ifNull(size[1],inf),_minWidth=ifNull(size[2],1),disp=ifNull(opts.disp,EMPTY_OBJ),_each=ifNull(opts.each,_2=>{}),{fill:dispFills,stroke:dispStrokes}=disp;
return(u,seriesIdx,idx0,idx1)=>orient(u,seriesIdx,(series,dataX,dataY,scaleX,scaleY,valToPosX,valToPosY,xOff,yOff,xDim,yDim)=>{let pxRound=series.pxRound,_align=align,
extraGap=_extraGap*pxRatio,maxWidth=_maxWidth*pxRatio,minWidth=_minWidth*pxRatio,valRadius,baseRadius;scaleX.ori==0?[valRadius,baseRadius]=radiusFn(u,seriesIdx):
[baseRadius,valRadius]=radiusFn(u,seriesIdx);let _dirX=scaleX.dir*(scaleX.ori==0?1:-1),rect2=scaleX.ori==0?rectH:rectV,each=scaleX.ori==0?_each:(u2,seriesIdx2,i,top,lft,hgt,wid)=>{
_each(u2,seriesIdx2,i,lft,top,wid,hgt)},band=ifNull(u.bands,EMPTY_ARR).find(b=>b.series[0]==seriesIdx),fillDir=band!=null?band.dir:0,fillTo=series.fillTo(u,seriesIdx,
series.min,series.max,fillDir),fillToY=pxRound(valToPosY(fillTo,scaleY,yDim,yOff)),xShift,barWid,fullGap,colWid=xDim,strokeWidth=pxRound(series.width*pxRatio),multiPath=!1,
fillColors=null,fillPaths=null,strokeColors=null,strokePaths=null;dispFills!=null&&(strokeWidth==0||dispStrokes!=null)&&(multiPath=!0,fillColors=dispFills.values(
u,seriesIdx,idx0,idx1),fillPaths=new Map,new Set(fillColors).forEach(color=>{color!=null&&fillPaths.set(color,new Path2D)}),strokeWidth>0&&(strokeColors=dispStrokes.
values(u,seriesIdx,idx0,idx1),strokePaths=new Map,new Set(strokeColors).forEach(color=>{color!=null&&strokePaths.set(color,new Path2D)})));let{x0,size:size2}=disp;
if(x0!=null&&size2!=null){_align=1,dataX=x0.values(u,seriesIdx,idx0,idx1),x0.unit==2&&(dataX=dataX.map(pct=>u.posToVal(xOff+pct*xDim,scaleX.key,!0)));let sizes=size2.
values(u,seriesIdx,idx0,idx1);size2.unit==2?barWid=sizes[0]*xDim:barWid=valToPosX(sizes[0],scaleX,xDim,xOff)-valToPosX(0,scaleX,xDim,xOff),colWid=findColWidth(dataX,
dataY,valToPosX,scaleX,xDim,xOff,colWid),fullGap=colWid-barWid+extraGap}else colWid=findColWidth(dataX,dataY,valToPosX,scaleX,xDim,xOff,colWid),fullGap=colWid*gapFactor+
extraGap,barWid=colWid-fullGap;fullGap<1&&(fullGap=0),strokeWidth>=barWid/2&&(strokeWidth=0),fullGap<5&&(pxRound=retArg0);let insetStroke=fullGap>0,rawBarWid=colWid-
fullGap-(insetStroke?strokeWidth:0);barWid=pxRound(clamp(rawBarWid,minWidth,maxWidth)),xShift=(_align==0?barWid/2:_align==_dirX?0:barWid)-_align*_dirX*((_align==
0?extraGap/2:0)+(insetStroke?strokeWidth/2:0));let _paths={stroke:null,fill:null,clip:null,band:null,gaps:null,flags:0},stroke=multiPath?null:new Path2D,dataY0=null;
if(band!=null)dataY0=u.data[band.series[1]];else{let{y0,y1}=disp;y0!=null&&y1!=null&&(dataY=y1.values(u,seriesIdx,idx0,idx1),dataY0=y0.values(u,seriesIdx,idx0,idx1))}
let radVal=valRadius*barWid,radBase=baseRadius*barWid;for(let i=_dirX==1?idx0:idx1;i>=idx0&&i<=idx1;i+=_dirX){let yVal=dataY[i];if(yVal==null)continue;if(dataY0!=
null){let yVal0=dataY0[i]??0;if(yVal-yVal0==0)continue;fillToY=valToPosY(yVal0,scaleY,yDim,yOff)}let xVal=scaleX.distr!=2||disp!=null?dataX[i]:i,xPos=valToPosX(
xVal,scaleX,xDim,xOff),yPos=valToPosY(ifNull(yVal,fillTo),scaleY,yDim,yOff),lft=pxRound(xPos-xShift),btm=pxRound(max(yPos,fillToY)),top=pxRound(min(yPos,fillToY)),
barHgt=btm-top;if(yVal!=null){let rv=yVal<0?radBase:radVal,rb=yVal<0?radVal:radBase;multiPath?(strokeWidth>0&&strokeColors[i]!=null&&rect2(strokePaths.get(strokeColors[i]),
lft,top+floor(strokeWidth/2),barWid,max(0,barHgt-strokeWidth),rv,rb),fillColors[i]!=null&&rect2(fillPaths.get(fillColors[i]),lft,top+floor(strokeWidth/2),barWid,
max(0,barHgt-strokeWidth),rv,rb)):rect2(stroke,lft,top+floor(strokeWidth/2),barWid,max(0,barHgt-strokeWidth),rv,rb),each(u,seriesIdx,i,lft-strokeWidth/2,top,barWid+
strokeWidth,barHgt)}}return strokeWidth>0?_paths.stroke=multiPath?strokePaths:stroke:multiPath||(_paths._fill=series.width==0?series._fill:series._stroke??series.
_fill,_paths.width=0),_paths.fill=multiPath?fillPaths:stroke,_paths})}function splineInterp(interp,opts){let alignGaps=ifNull(opts?.alignGaps,0);return(u,seriesIdx,idx0,idx1)=>orient(
u,seriesIdx,(series,dataX,dataY,scaleX,scaleY,valToPosX,valToPosY,xOff,yOff,xDim,yDim)=>{[idx0,idx1]=nonNullIdxs(dataY,idx0,idx1);let pxRound=series.pxRound,pixelForX=val=>pxRound(
valToPosX(val,scaleX,xDim,xOff)),pixelForY=val=>pxRound(valToPosY(val,scaleY,yDim,yOff)),moveTo,bezierCurveTo,lineTo;scaleX.ori==0?(moveTo=moveToH,lineTo=lineToH,
bezierCurveTo=bezierCurveToH):(moveTo=moveToV,lineTo=lineToV,bezierCurveTo=bezierCurveToV);let dir=scaleX.dir*(scaleX.ori==0?1:-1),firstXPos=pixelForX(dataX[dir==
1?idx0:idx1]),prevXPos=firstXPos,xCoords=[],yCoords=[];for(let i=dir==1?idx0:idx1;i>=idx0&&i<=idx1;i+=dir)if(dataY[i]!=null){let xVal=dataX[i],xPos=pixelForX(xVal);
xCoords.push(prevXPos=xPos),yCoords.push(pixelForY(dataY[i]))}let _paths={stroke:interp(xCoords,yCoords,moveTo,lineTo,bezierCurveTo,pxRound),fill:null,clip:null,
band:null,gaps:null,flags:BAND_CLIP_FILL},stroke=_paths.stroke,[bandFillDir,bandClipDir]=bandFillClipDirs(u,seriesIdx);if(series.fill!=null||bandFillDir!=0){let fill=_paths.
fill=new Path2D(stroke),fillTo=series.fillTo(u,seriesIdx,series.min,series.max,bandFillDir),fillToY=pixelForY(fillTo);lineTo(fill,prevXPos,fillToY),lineTo(fill,
firstXPos,fillToY)}if(!series.spanGaps){let gaps2=[];gaps2.push(...findGaps(dataX,dataY,idx0,idx1,dir,pixelForX,alignGaps)),_paths.gaps=gaps2=series.gaps(u,seriesIdx,
idx0,idx1,gaps2),_paths.clip=clipGaps(gaps2,scaleX.ori,xOff,yOff,xDim,yDim)}return bandClipDir!=0&&(_paths.band=bandClipDir==2?[clipBandLine(u,seriesIdx,idx0,idx1,
stroke,-1),clipBandLine(u,seriesIdx,idx0,idx1,stroke,1)]:clipBandLine(u,seriesIdx,idx0,idx1,stroke,bandClipDir)),_paths})}function monotoneCubic(opts){return splineInterp(
_monotoneCubic,opts)}function _monotoneCubic(xs,ys,moveTo,lineTo,bezierCurveTo,pxRound){let n=xs.length;if(n<2)return null;let path=new Path2D;if(moveTo(path,xs[0],
ys[0]),n==2)lineTo(path,xs[1],ys[1]);else{let ms=Array(n),ds=Array(n-1),dys=Array(n-1),dxs=Array(n-1);for(let i=0;i<n-1;i++)dys[i]=ys[i+1]-ys[i],dxs[i]=xs[i+1]-
xs[i],ds[i]=dys[i]/dxs[i];ms[0]=ds[0];for(let i=1;i<n-1;i++)ds[i]===0||ds[i-1]===0||ds[i-1]>0!=ds[i]>0?ms[i]=0:(ms[i]=3*(dxs[i-1]+dxs[i])/((2*dxs[i]+dxs[i-1])/ds[i-
1]+(dxs[i]+2*dxs[i-1])/ds[i]),isFinite(ms[i])||(ms[i]=0));ms[n-1]=ds[n-2];for(let i=0;i<n-1;i++)bezierCurveTo(path,xs[i]+dxs[i]/3,ys[i]+ms[i]*dxs[i]/3,xs[i+1]-dxs[i]/
3,ys[i+1]-ms[i+1]*dxs[i]/3,xs[i+1],ys[i+1])}return path}var cursorPlots=new Set;function invalidateRects(){for(let u of cursorPlots)u.syncRect(!0)}domEnv&&(on(resize,
win,invalidateRects),on(scroll,win,invalidateRects,!0),on(dppxchange,win,()=>{uPlot.pxRatio=pxRatio}));var linearPath=linear(),pointsPath=points();function setDefaults(d,xo,yo,initY){
return(initY?[d[0],d[1]].concat(d.slice(2)):[d[0]].concat(d.slice(1))).map((o,i)=>setDefault(o,i,xo,yo))}function setDefaults2(d,xyo){return d.map((o,i)=>i==0?{}:
assign({},xyo,o))}function setDefault(o,i,xo,yo){return assign({},i==0?xo:yo,o)}function snapNumX(self,dataMin,dataMax){return dataMin==null?nullNullTuple:[dataMin,
dataMax]}var snapTimeX=snapNumX;function snapNumY(self,dataMin,dataMax){return dataMin==null?nullNullTuple:rangeNum(dataMin,dataMax,rangePad,!0)}function snapLogY(self,dataMin,dataMax,scale){
return dataMin==null?nullNullTuple:rangeLog(dataMin,dataMax,self.scales[scale].log,!1)}var snapLogX=snapLogY;function snapAsinhY(self,dataMin,dataMax,scale){return dataMin==
null?nullNullTuple:rangeAsinh(dataMin,dataMax,self.scales[scale].log,!1)}var snapAsinhX=snapAsinhY;function findIncr(minVal,maxVal,incrs,dim,minSpace){let intDigits=max(
numIntDigits(minVal),numIntDigits(maxVal)),delta=maxVal-minVal,incrIdx=closestIdx(minSpace/dim*delta,incrs);do{let foundIncr=incrs[incrIdx],foundSpace=dim*foundIncr/
delta;if(foundSpace>=minSpace&&intDigits+(foundIncr<5?fixedDec.get(foundIncr):0)<=17)return[foundIncr,foundSpace]}while(++incrIdx<incrs.length);return[0,0]}function pxRatioFont(font3){
let fontSize,fontSizeCss;return font3=font3.replace(/(\d+)px/,(m,p1)=>(fontSize=round((fontSizeCss=+p1)*pxRatio))+"px"),[font3,fontSize,fontSizeCss]}function syncFontSize(axis2){
axis2.show&&[axis2.font,axis2.labelFont].forEach(f=>{let size=roundDec(f[2]*pxRatio,1);f[0]=f[0].replace(/[0-9.]+px/,size+"px"),f[1]=size})}function uPlot(opts,data2,then){
let self={mode:ifNull(opts.mode,1)},mode2=self.mode;function getHPos(val,scale,dim,off2){let pct=scale.valToPct(val);return off2+dim*(scale.dir==-1?1-pct:pct)}function getVPos(val,scale,dim,off2){
let pct=scale.valToPct(val);return off2+dim*(scale.dir==-1?pct:1-pct)}function getPos(val,scale,dim,off2){return scale.ori==0?getHPos(val,scale,dim,off2):getVPos(
val,scale,dim,off2)}self.valToPosH=getHPos,self.valToPosV=getVPos;let ready=!1;self.status=0;let root=self.root=placeDiv(UPLOT);if(opts.id!=null&&(root.id=opts.
id),addClass(root,opts.class),opts.title){let title=placeDiv(TITLE,root);title.textContent=opts.title}let can=placeTag("canvas"),ctx=self.ctx=can.getContext("2d"),
wrap=placeDiv(WRAP,root);on("click",wrap,e=>{e.target===over&&(mouseLeft1!=mouseLeft0||mouseTop1!=mouseTop0)&&drag.click(self,e)},!0);let under=self.under=placeDiv(
UNDER,wrap);wrap.appendChild(can);let over=self.over=placeDiv(OVER,wrap);opts=copy(opts);let pxAlign=+ifNull(opts.pxAlign,1),pxRound=pxRoundGen(pxAlign);(opts.plugins||
[]).forEach(p=>{p.opts&&(opts=p.opts(self,opts)||opts)});let ms=opts.ms||.001,series=self.series=mode2==1?setDefaults(opts.series||[],xSeriesOpts,ySeriesOpts,!1):
setDefaults2(opts.series||[null],xySeriesOpts),axes=self.axes=setDefaults(opts.axes||[],xAxisOpts,yAxisOpts,!0),scales=self.scales={},bands=self.bands=opts.bands||
[];bands.forEach(b=>{b.fill=fnOrSelf(b.fill||null),b.dir=ifNull(b.dir,-1)});let xScaleKey=mode2==2?series[1].facets[0].scale:series[0].scale,drawOrderMap={axes:drawAxesGrid,
series:drawSeries},drawOrder=(opts.drawOrder||["axes","series"]).map(key3=>drawOrderMap[key3]);function initValToPct(sc){let getVal=sc.distr==3?val=>log10(val>0?
val:sc.clamp(self,val,sc.min,sc.max,sc.key)):sc.distr==4?val=>asinh(val,sc.asinh):sc.distr==100?val=>sc.fwd(val):val=>val;return val=>{let _val=getVal(val),{_min,
_max}=sc,delta=_max-_min;return(_val-_min)/delta}}function initScale(scaleKey){let sc=scales[scaleKey];if(sc==null){let scaleOpts=(opts.scales||EMPTY_OBJ)[scaleKey]||
EMPTY_OBJ;if(scaleOpts.from!=null){initScale(scaleOpts.from);let sc2=assign({},scales[scaleOpts.from],scaleOpts,{key:scaleKey});sc2.valToPct=initValToPct(sc2),scales[scaleKey]=
sc2}else{sc=scales[scaleKey]=assign({},scaleKey==xScaleKey?xScaleOpts:yScaleOpts,scaleOpts),sc.key=scaleKey;let isTime=sc.time,rn=sc.range,rangeIsArr=isArr(rn);
if((scaleKey!=xScaleKey||mode2==2&&!isTime)&&(rangeIsArr&&(rn[0]==null||rn[1]==null)&&(rn={min:rn[0]==null?autoRangePart:{mode:1,hard:rn[0],soft:rn[0]},max:rn[1]==
null?autoRangePart:{mode:1,hard:rn[1],soft:rn[1]}},rangeIsArr=!1),!rangeIsArr&&isObj(rn))){let cfg=rn;rn=(self2,dataMin,dataMax)=>dataMin==null?nullNullTuple:rangeNum(
dataMin,dataMax,cfg)}sc.range=fnOrSelf(rn||(isTime?snapTimeX:scaleKey==xScaleKey?sc.distr==3?snapLogX:sc.distr==4?snapAsinhX:snapNumX:sc.distr==3?snapLogY:sc.distr==
4?snapAsinhY:snapNumY)),sc.auto=fnOrSelf(rangeIsArr?!1:sc.auto),sc.clamp=fnOrSelf(sc.clamp||clampScale),sc._min=sc._max=null,sc.valToPct=initValToPct(sc)}}}initScale(
"x"),initScale("y"),mode2==1&&series.forEach(s=>{initScale(s.scale)}),axes.forEach(a=>{initScale(a.scale)});for(let k in opts.scales)initScale(k);let scaleX=scales[xScaleKey],
xScaleDistr=scaleX.distr,valToPosX,valToPosY;scaleX.ori==0?(addClass(root,ORI_HZ),valToPosX=getHPos,valToPosY=getVPos):(addClass(root,ORI_VT),valToPosX=getVPos,
valToPosY=getHPos);let pendScales={};for(let k in scales){let sc=scales[k];(sc.min!=null||sc.max!=null)&&(pendScales[k]={min:sc.min,max:sc.max},sc.min=sc.max=null)}
let _tzDate=opts.tzDate||(ts=>new Date(round(ts/ms))),_fmtDate=opts.fmtDate||fmtDate,_timeAxisSplits=ms==1?timeAxisSplitsMs(_tzDate):timeAxisSplitsS(_tzDate),_timeAxisVals=timeAxisVals(
_tzDate,timeAxisStamps(ms==1?_timeAxisStampsMs:_timeAxisStampsS,_fmtDate)),_timeSeriesVal=timeSeriesVal(_tzDate,timeSeriesStamp(_timeSeriesStamp,_fmtDate)),activeIdxs=[],
legend=self.legend=assign({},legendOpts,opts.legend),cursor=self.cursor=assign({},cursorOpts,{drag:{y:mode2==2}},opts.cursor),showLegend=legend.show,showCursor=cursor.
show,markers=legend.markers;legend.idxs=activeIdxs,markers.width=fnOrSelf(markers.width),markers.dash=fnOrSelf(markers.dash),markers.stroke=fnOrSelf(markers.stroke),
markers.fill=fnOrSelf(markers.fill);let legendTable,legendHead,legendBody,legendRows=[],legendCells=[],legendCols,multiValLegend=!1,NULL_LEGEND_VALUES={};if(legend.
live){let getMultiVals=series[1]?series[1].values:null;multiValLegend=getMultiVals!=null,legendCols=multiValLegend?getMultiVals(self,1,0):{_:0};for(let k in legendCols)
NULL_LEGEND_VALUES[k]=LEGEND_DISP}if(showLegend)if(legendTable=placeTag("table",LEGEND,root),legendBody=placeTag("tbody",null,legendTable),legend.mount(self,legendTable),
multiValLegend){legendHead=placeTag("thead",null,legendTable,legendBody);let head=placeTag("tr",null,legendHead);placeTag("th",null,head);for(var key2 in legendCols)
placeTag("th",LEGEND_LABEL,head).textContent=key2}else addClass(legendTable,LEGEND_INLINE),legend.live&&addClass(legendTable,LEGEND_LIVE);let son={show:!0},soff={
show:!1};function initLegendRow(s,i){if(i==0&&(multiValLegend||!legend.live||mode2==2))return nullNullTuple;let cells=[],row=placeTag("tr",LEGEND_SERIES,legendBody,
legendBody.childNodes[i]);addClass(row,s.class),s.show||addClass(row,OFF);let label2=placeTag("th",null,row);if(markers.show){let indic=placeDiv(LEGEND_MARKER,label2);
if(i>0){let width=markers.width(self,i);width&&(indic.style.border=width+"px "+markers.dash(self,i)+" "+markers.stroke(self,i)),indic.style.background=markers.fill(
self,i)}}let text2=placeDiv(LEGEND_LABEL,label2);s.label instanceof HTMLElement?text2.appendChild(s.label):text2.textContent=s.label,i>0&&(markers.show||(text2.
style.color=s.width>0?markers.stroke(self,i):markers.fill(self,i)),onMouse("click",label2,e=>{if(cursor._lock)return;setCursorEvent(e);let seriesIdx=series.indexOf(
s);if((e.ctrlKey||e.metaKey)!=legend.isolate){let isolate=series.some((s2,i2)=>i2>0&&i2!=seriesIdx&&s2.show);series.forEach((s2,i2)=>{i2>0&&setSeries(i2,isolate?
i2==seriesIdx?son:soff:son,!0,syncOpts.setSeries)})}else setSeries(seriesIdx,{show:!s.show},!0,syncOpts.setSeries)},!1),cursorFocus&&onMouse(mouseenter,label2,e=>{
cursor._lock||(setCursorEvent(e),setSeries(series.indexOf(s),FOCUS_TRUE,!0,syncOpts.setSeries))},!1));for(var key3 in legendCols){let v=placeTag("td",LEGEND_VALUE,
row);v.textContent="--",cells.push(v)}return[row,cells]}let mouseListeners=new Map;function onMouse(ev,targ,fn,onlyTarg=!0){let targListeners=mouseListeners.get(
targ)||{},listener=cursor.bind[ev](self,targ,fn,onlyTarg);listener&&(on(ev,targ,targListeners[ev]=listener),mouseListeners.set(targ,targListeners))}function offMouse(ev,targ,fn){
let targListeners=mouseListeners.get(targ)||{};for(let k in targListeners)(ev==null||k==ev)&&(off(k,targ,targListeners[k]),delete targListeners[k]);ev==null&&mouseListeners.
delete(targ)}let fullWidCss=0,fullHgtCss=0,plotWidCss=0,plotHgtCss=0,plotLftCss=0,plotTopCss=0,_plotLftCss=plotLftCss,_plotTopCss=plotTopCss,_plotWidCss=plotWidCss,
_plotHgtCss=plotHgtCss,plotLft=0,plotTop=0,plotWid=0,plotHgt=0;self.bbox={};let shouldSetScales=!1,shouldSetSize=!1,shouldConvergeSize=!1,shouldSetCursor=!1,shouldSetSelect=!1,
shouldSetLegend=!1;function _setSize(width,height,force){(force||width!=self.width||height!=self.height)&&calcSize(width,height),resetYSeries(!1),shouldConvergeSize=
!0,shouldSetSize=!0,commit()}function calcSize(width,height){self.width=fullWidCss=plotWidCss=width,self.height=fullHgtCss=plotHgtCss=height,plotLftCss=plotTopCss=
0,calcPlotRect(),calcAxesRects();let bb=self.bbox;plotLft=bb.left=incrRound(plotLftCss*pxRatio,.5),plotTop=bb.top=incrRound(plotTopCss*pxRatio,.5),plotWid=bb.width=
incrRound(plotWidCss*pxRatio,.5),plotHgt=bb.height=incrRound(plotHgtCss*pxRatio,.5)}let CYCLE_LIMIT=3;function convergeSize(){let converged=!1,cycleNum=0;for(;!converged;){
cycleNum++;let axesConverged=axesCalc(cycleNum),paddingConverged=paddingCalc(cycleNum);converged=cycleNum==CYCLE_LIMIT||axesConverged&&paddingConverged,converged||
(calcSize(self.width,self.height),shouldSetSize=!0)}}function setSize({width,height}){_setSize(width,height)}self.setSize=setSize;function calcPlotRect(){let hasTopAxis=!1,
hasBtmAxis=!1,hasRgtAxis=!1,hasLftAxis=!1;axes.forEach((axis2,i)=>{if(axis2.show&&axis2._show){let{side,_size}=axis2,isVt=side%2,labelSize=axis2.label!=null?axis2.
labelSize:0,fullSize=_size+labelSize;fullSize>0&&(isVt?(plotWidCss-=fullSize,side==3?(plotLftCss+=fullSize,hasLftAxis=!0):hasRgtAxis=!0):(plotHgtCss-=fullSize,side==
0?(plotTopCss+=fullSize,hasTopAxis=!0):hasBtmAxis=!0))}}),sidesWithAxes[0]=hasTopAxis,sidesWithAxes[1]=hasRgtAxis,sidesWithAxes[2]=hasBtmAxis,sidesWithAxes[3]=hasLftAxis,
plotWidCss-=_padding[1]+_padding[3],plotLftCss+=_padding[3],plotHgtCss-=_padding[2]+_padding[0],plotTopCss+=_padding[0]}function calcAxesRects(){let off1=plotLftCss+
plotWidCss,off2=plotTopCss+plotHgtCss,off3=plotLftCss,off0=plotTopCss;function incrOffset(side,size){switch(side){case 1:return off1+=size,off1-size;case 2:return off2+=
size,off2-size;case 3:return off3-=size,off3+size;case 0:return off0-=size,off0+size}}axes.forEach((axis2,i)=>{if(axis2.show&&axis2._show){let side=axis2.side;axis2.
_pos=incrOffset(side,axis2._size),axis2.label!=null&&(axis2._lpos=incrOffset(side,axis2.labelSize))}})}if(cursor.dataIdx==null){let hov=cursor.hover,skip=hov.skip=
new Set(hov.skip??[]);skip.add(void 0);let prox=hov.prox=fnOrSelf(hov.prox),bias=hov.bias??=0;cursor.dataIdx=(self2,seriesIdx,cursorIdx,valAtPosX)=>{if(seriesIdx==
0)return cursorIdx;let idx2=cursorIdx,_prox=prox(self2,seriesIdx,cursorIdx,valAtPosX)??inf,withProx=_prox>=0&&_prox<inf,xDim=scaleX.ori==0?plotWidCss:plotHgtCss,
cursorLft=cursor.left,xValues=data2[0],yValues=data2[seriesIdx];if(skip.has(yValues[cursorIdx])){idx2=null;let nonNullLft=null,nonNullRgt=null,j;if(bias==0||bias==
-1)for(j=cursorIdx;nonNullLft==null&&j-- >0;)skip.has(yValues[j])||(nonNullLft=j);if(bias==0||bias==1)for(j=cursorIdx;nonNullRgt==null&&j++<yValues.length;)skip.
has(yValues[j])||(nonNullRgt=j);if(nonNullLft!=null||nonNullRgt!=null)if(withProx){let lftPos=nonNullLft==null?-1/0:valToPosX(xValues[nonNullLft],scaleX,xDim,0),
rgtPos=nonNullRgt==null?1/0:valToPosX(xValues[nonNullRgt],scaleX,xDim,0),lftDelta=cursorLft-lftPos,rgtDelta=rgtPos-cursorLft;lftDelta<=rgtDelta?lftDelta<=_prox&&
(idx2=nonNullLft):rgtDelta<=_prox&&(idx2=nonNullRgt)}else idx2=nonNullRgt==null?nonNullLft:nonNullLft==null?nonNullRgt:cursorIdx-nonNullLft<=nonNullRgt-cursorIdx?
nonNullLft:nonNullRgt}else withProx&&abs(cursorLft-valToPosX(xValues[cursorIdx],scaleX,xDim,0))>_prox&&(idx2=null);return idx2}}let setCursorEvent=e=>{cursor.event=
e};cursor.idxs=activeIdxs,cursor._lock=!1;let points2=cursor.points;points2.show=fnOrSelf(points2.show),points2.size=fnOrSelf(points2.size),points2.stroke=fnOrSelf(
points2.stroke),points2.width=fnOrSelf(points2.width),points2.fill=fnOrSelf(points2.fill);let focus=self.focus=assign({},opts.focus||{alpha:.3},cursor.focus),cursorFocus=focus.
prox>=0,cursorOnePt=cursorFocus&&points2.one,cursorPts=[],cursorPtsLft=[],cursorPtsTop=[];function initCursorPt(s,si){let pt=points2.show(self,si);if(pt instanceof
HTMLElement)return addClass(pt,CURSOR_PT),addClass(pt,s.class),elTrans(pt,-10,-10,plotWidCss,plotHgtCss),over.insertBefore(pt,cursorPts[si]),pt}function initSeries(s,i){
if(mode2==1||i>0){let isTime=mode2==1&&scales[s.scale].time,sv=s.value;s.value=isTime?isStr(sv)?timeSeriesVal(_tzDate,timeSeriesStamp(sv,_fmtDate)):sv||_timeSeriesVal:
sv||numSeriesVal,s.label=s.label||(isTime?timeSeriesLabel:numSeriesLabel)}if(cursorOnePt||i>0){s.width=s.width==null?1:s.width,s.paths=s.paths||linearPath||retNull,
s.fillTo=fnOrSelf(s.fillTo||seriesFillTo),s.pxAlign=+ifNull(s.pxAlign,pxAlign),s.pxRound=pxRoundGen(s.pxAlign),s.stroke=fnOrSelf(s.stroke||null),s.fill=fnOrSelf(
s.fill||null),s._stroke=s._fill=s._paths=s._focus=null;let _ptDia=ptDia(max(1,s.width),1),points3=s.points=assign({},{size:_ptDia,width:max(1,_ptDia*.2),stroke:s.
stroke,space:_ptDia*2,paths:pointsPath,_stroke:null,_fill:null},s.points);points3.show=fnOrSelf(points3.show),points3.filter=fnOrSelf(points3.filter),points3.fill=
fnOrSelf(points3.fill),points3.stroke=fnOrSelf(points3.stroke),points3.paths=fnOrSelf(points3.paths),points3.pxAlign=s.pxAlign}if(showLegend){let rowCells=initLegendRow(
s,i);legendRows.splice(i,0,rowCells[0]),legendCells.splice(i,0,rowCells[1]),legend.values.push(null)}if(showCursor){activeIdxs.splice(i,0,null);let pt=null;cursorOnePt?
i==0&&(pt=initCursorPt(s,i)):i>0&&(pt=initCursorPt(s,i)),cursorPts.splice(i,0,pt),cursorPtsLft.splice(i,0,0),cursorPtsTop.splice(i,0,0)}fire("addSeries",i)}function addSeries(opts2,si){
si=si??series.length,opts2=mode2==1?setDefault(opts2,si,xSeriesOpts,ySeriesOpts):setDefault(opts2,si,{},xySeriesOpts),series.splice(si,0,opts2),initSeries(series[si],
si)}self.addSeries=addSeries;function delSeries(i){if(series.splice(i,1),showLegend){legend.values.splice(i,1),legendCells.splice(i,1);let tr=legendRows.splice(
i,1)[0];offMouse(null,tr.firstChild),tr.remove()}showCursor&&(activeIdxs.splice(i,1),cursorPts.splice(i,1)[0].remove(),cursorPtsLft.splice(i,1),cursorPtsTop.splice(
i,1)),fire("delSeries",i)}self.delSeries=delSeries;let sidesWithAxes=[!1,!1,!1,!1];function initAxis(axis2,i){if(axis2._show=axis2.show,axis2.show){let isVt=axis2.
side%2,sc=scales[axis2.scale];sc==null&&(axis2.scale=isVt?series[1].scale:xScaleKey,sc=scales[axis2.scale]);let isTime=sc.time;axis2.size=fnOrSelf(axis2.size),axis2.
space=fnOrSelf(axis2.space),axis2.rotate=fnOrSelf(axis2.rotate),isArr(axis2.incrs)&&axis2.incrs.forEach(incr=>{!fixedDec.has(incr)&&fixedDec.set(incr,guessDec(incr))}),
axis2.incrs=fnOrSelf(axis2.incrs||(sc.distr==2?wholeIncrs:isTime?ms==1?timeIncrsMs:timeIncrsS:numIncrs)),axis2.splits=fnOrSelf(axis2.splits||(isTime&&sc.distr==
1?_timeAxisSplits:sc.distr==3?logAxisSplits:sc.distr==4?asinhAxisSplits:numAxisSplits)),axis2.stroke=fnOrSelf(axis2.stroke),axis2.grid.stroke=fnOrSelf(axis2.grid.
stroke),axis2.ticks.stroke=fnOrSelf(axis2.ticks.stroke),axis2.border.stroke=fnOrSelf(axis2.border.stroke);let av=axis2.values;axis2.values=isArr(av)&&!isArr(av[0])?
fnOrSelf(av):isTime?isArr(av)?timeAxisVals(_tzDate,timeAxisStamps(av,_fmtDate)):isStr(av)?timeAxisVal(_tzDate,av):av||_timeAxisVals:av||numAxisVals,axis2.filter=
fnOrSelf(axis2.filter||(sc.distr>=3&&sc.log==10?log10AxisValsFilt:sc.distr==3&&sc.log==2?log2AxisValsFilt:retArg1)),axis2.font=pxRatioFont(axis2.font),axis2.labelFont=
pxRatioFont(axis2.labelFont),axis2._size=axis2.size(self,null,i,0),axis2._space=axis2._rotate=axis2._incrs=axis2._found=axis2._splits=axis2._values=null,axis2._size>
0&&(sidesWithAxes[i]=!0,axis2._el=placeDiv(AXIS,wrap))}}function autoPadSide(self2,side,sidesWithAxes2,cycleNum){let[hasTopAxis,hasRgtAxis,hasBtmAxis,hasLftAxis]=sidesWithAxes2,
ori=side%2,size=0;return ori==0&&(hasLftAxis||hasRgtAxis)&&(size=side==0&&!hasTopAxis||side==2&&!hasBtmAxis?round(xAxisOpts.size/3):0),ori==1&&(hasTopAxis||hasBtmAxis)&&
(size=side==1&&!hasRgtAxis||side==3&&!hasLftAxis?round(yAxisOpts.size/2):0),size}let padding=self.padding=(opts.padding||[autoPadSide,autoPadSide,autoPadSide,autoPadSide]).
map(p=>fnOrSelf(ifNull(p,autoPadSide))),_padding=self._padding=padding.map((p,i)=>p(self,i,sidesWithAxes,0)),dataLen,i0=null,i1=null,idxs=mode2==1?series[0].idxs:
null,data0=null,viaAutoScaleX=!1;function setData(_data,_resetScales){if(data2=_data??[],self.data=self._data=data2,mode2==2){dataLen=0;for(let i=1;i<series.length;i++)
dataLen+=data2[i][0].length}else{data2.length==0&&(self.data=self._data=data2=[[]]),data0=data2[0],dataLen=data0.length;let scaleData=data2;if(xScaleDistr==2){scaleData=
data2.slice();let _data0=scaleData[0]=Array(dataLen);for(let i=0;i<dataLen;i++)_data0[i]=i}self._data=data2=scaleData}if(resetYSeries(!0),fire("setData"),xScaleDistr==
2&&(shouldConvergeSize=!0),_resetScales!==!1){let xsc=scaleX;xsc.auto(self,viaAutoScaleX)?autoScaleX():_setScale(xScaleKey,xsc.min,xsc.max),shouldSetCursor=shouldSetCursor||
cursor.left>=0,shouldSetLegend=!0,commit()}}self.setData=setData;function autoScaleX(){viaAutoScaleX=!0;let _min,_max;mode2==1&&(dataLen>0?(i0=idxs[0]=0,i1=idxs[1]=
dataLen-1,_min=data2[0][i0],_max=data2[0][i1],xScaleDistr==2?(_min=i0,_max=i1):_min==_max&&(xScaleDistr==3?[_min,_max]=rangeLog(_min,_min,scaleX.log,!1):xScaleDistr==
4?[_min,_max]=rangeAsinh(_min,_min,scaleX.log,!1):scaleX.time?_max=_min+round(86400/ms):[_min,_max]=rangeNum(_min,_max,rangePad,!0))):(i0=idxs[0]=_min=null,i1=idxs[1]=
_max=null)),_setScale(xScaleKey,_min,_max)}let ctxStroke,ctxFill,ctxWidth,ctxDash,ctxJoin,ctxCap,ctxFont,ctxAlign,ctxBaseline,ctxAlpha;function setCtxStyle(stroke,width,dash,cap,fill,join2){
stroke??=transparent,dash??=EMPTY_ARR,cap??="butt",fill??=transparent,join2??="round",stroke!=ctxStroke&&(ctx.strokeStyle=ctxStroke=stroke),fill!=ctxFill&&(ctx.
fillStyle=ctxFill=fill),width!=ctxWidth&&(ctx.lineWidth=ctxWidth=width),join2!=ctxJoin&&(ctx.lineJoin=ctxJoin=join2),cap!=ctxCap&&(ctx.lineCap=ctxCap=cap),dash!=
ctxDash&&ctx.setLineDash(ctxDash=dash)}function setFontStyle(font3,fill,align,baseline){fill!=ctxFill&&(ctx.fillStyle=ctxFill=fill),font3!=ctxFont&&(ctx.font=ctxFont=
font3),align!=ctxAlign&&(ctx.textAlign=ctxAlign=align),baseline!=ctxBaseline&&(ctx.textBaseline=ctxBaseline=baseline)}function accScale(wsc,psc,facet2,data3,sorted=0){
if(data3.length>0&&wsc.auto(self,viaAutoScaleX)&&(psc==null||psc.min==null)){let _i0=ifNull(i0,0),_i1=ifNull(i1,data3.length-1),minMax=facet2.min==null?getMinMax(
data3,_i0,_i1,sorted,wsc.distr==3):[facet2.min,facet2.max];wsc.min=min(wsc.min,facet2.min=minMax[0]),wsc.max=max(wsc.max,facet2.max=minMax[1])}}let AUTOSCALE={min:null,
max:null};function setScales(){for(let k in scales){let sc=scales[k];pendScales[k]==null&&(sc.min==null||pendScales[xScaleKey]!=null&&sc.auto(self,viaAutoScaleX))&&
(pendScales[k]=AUTOSCALE)}for(let k in scales){let sc=scales[k];pendScales[k]==null&&sc.from!=null&&pendScales[sc.from]!=null&&(pendScales[k]=AUTOSCALE)}pendScales[xScaleKey]!=
null&&resetYSeries(!0);let wipScales={};for(let k in pendScales){let psc=pendScales[k];if(psc!=null){let wsc=wipScales[k]=copy(scales[k],fastIsObj);if(psc.min!=
null)assign(wsc,psc);else if(k!=xScaleKey||mode2==2)if(dataLen==0&&wsc.from==null){let minMax=wsc.range(self,null,null,k);wsc.min=minMax[0],wsc.max=minMax[1]}else
wsc.min=inf,wsc.max=-inf}}if(dataLen>0){series.forEach((s,i)=>{if(mode2==1){let k=s.scale,psc=pendScales[k];if(psc==null)return;let wsc=wipScales[k];if(i==0){let minMax=wsc.
range(self,wsc.min,wsc.max,k);wsc.min=minMax[0],wsc.max=minMax[1],i0=closestIdx(wsc.min,data2[0]),i1=closestIdx(wsc.max,data2[0]),i1-i0>1&&(data2[0][i0]<wsc.min&&
i0++,data2[0][i1]>wsc.max&&i1--),s.min=data0[i0],s.max=data0[i1]}else s.show&&s.auto&&accScale(wsc,psc,s,data2[i],s.sorted);s.idxs[0]=i0,s.idxs[1]=i1}else if(i>
0&&s.show&&s.auto){let[xFacet,yFacet]=s.facets,xScaleKey2=xFacet.scale,yScaleKey=yFacet.scale,[xData,yData]=data2[i],wscx=wipScales[xScaleKey2],wscy=wipScales[yScaleKey];
wscx!=null&&accScale(wscx,pendScales[xScaleKey2],xFacet,xData,xFacet.sorted),wscy!=null&&accScale(wscy,pendScales[yScaleKey],yFacet,yData,yFacet.sorted),s.min=yFacet.
min,s.max=yFacet.max}});for(let k in wipScales){let wsc=wipScales[k],psc=pendScales[k];if(wsc.from==null&&(psc==null||psc.min==null)){let minMax=wsc.range(self,
wsc.min==inf?null:wsc.min,wsc.max==-inf?null:wsc.max,k);wsc.min=minMax[0],wsc.max=minMax[1]}}}for(let k in wipScales){let wsc=wipScales[k];if(wsc.from!=null){let base=wipScales[wsc.
from];if(base.min==null)wsc.min=wsc.max=null;else{let minMax=wsc.range(self,base.min,base.max,k);wsc.min=minMax[0],wsc.max=minMax[1]}}}let changed={},anyChanged=!1;
for(let k in wipScales){let wsc=wipScales[k],sc=scales[k];if(sc.min!=wsc.min||sc.max!=wsc.max){sc.min=wsc.min,sc.max=wsc.max;let distr=sc.distr;sc._min=distr==3?
log10(sc.min):distr==4?asinh(sc.min,sc.asinh):distr==100?sc.fwd(sc.min):sc.min,sc._max=distr==3?log10(sc.max):distr==4?asinh(sc.max,sc.asinh):distr==100?sc.fwd(
sc.max):sc.max,changed[k]=anyChanged=!0}}if(anyChanged){series.forEach((s,i)=>{mode2==2?i>0&&changed.y&&(s._paths=null):changed[s.scale]&&(s._paths=null)});for(let k in changed)
shouldConvergeSize=!0,fire("setScale",k);showCursor&&cursor.left>=0&&(shouldSetCursor=shouldSetLegend=!0)}for(let k in pendScales)pendScales[k]=null}function getOuterIdxs(ydata){
let _i0=clamp(i0-1,0,dataLen-1),_i1=clamp(i1+1,0,dataLen-1);for(;ydata[_i0]==null&&_i0>0;)_i0--;for(;ydata[_i1]==null&&_i1<dataLen-1;)_i1++;return[_i0,_i1]}function drawSeries(){
if(dataLen>0){let shouldAlpha=series.some(s=>s._focus)&&ctxAlpha!=focus.alpha;shouldAlpha&&(ctx.globalAlpha=ctxAlpha=focus.alpha),series.forEach((s,i)=>{if(i>0&&
s.show&&(cacheStrokeFill(i,!1),cacheStrokeFill(i,!0),s._paths==null)){let _ctxAlpha=ctxAlpha;ctxAlpha!=s.alpha&&(ctx.globalAlpha=ctxAlpha=s.alpha);let _idxs=mode2==
2?[0,data2[i][0].length-1]:getOuterIdxs(data2[i]);s._paths=s.paths(self,i,_idxs[0],_idxs[1]),ctxAlpha!=_ctxAlpha&&(ctx.globalAlpha=ctxAlpha=_ctxAlpha)}}),series.
forEach((s,i)=>{if(i>0&&s.show){let _ctxAlpha=ctxAlpha;ctxAlpha!=s.alpha&&(ctx.globalAlpha=ctxAlpha=s.alpha),s._paths!=null&&drawPath(i,!1);{let _gaps=s._paths!=
null?s._paths.gaps:null,show2=s.points.show(self,i,i0,i1,_gaps),idxs2=s.points.filter(self,i,show2,_gaps);(show2||idxs2)&&(s.points._paths=s.points.paths(self,i,
i0,i1,idxs2),drawPath(i,!0))}ctxAlpha!=_ctxAlpha&&(ctx.globalAlpha=ctxAlpha=_ctxAlpha),fire("drawSeries",i)}}),shouldAlpha&&(ctx.globalAlpha=ctxAlpha=1)}}function cacheStrokeFill(si,_points){
let s=_points?series[si].points:series[si];s._stroke=s.stroke(self,si),s._fill=s.fill(self,si)}function drawPath(si,_points){let s=_points?series[si].points:series[si],
{stroke,fill,clip:gapsClip,flags,_stroke:strokeStyle=s._stroke,_fill:fillStyle=s._fill,_width:width=s.width}=s._paths;width=roundDec(width*pxRatio,3);let boundsClip=null,
offset=width%2/2;_points&&fillStyle==null&&(fillStyle=width>0?"#fff":strokeStyle);let _pxAlign=s.pxAlign==1&&offset>0;if(_pxAlign&&ctx.translate(offset,offset),
!_points){let lft=plotLft-width/2,top=plotTop-width/2,wid=plotWid+width,hgt=plotHgt+width;boundsClip=new Path2D,boundsClip.rect(lft,top,wid,hgt)}_points?strokeFill(
strokeStyle,width,s.dash,s.cap,fillStyle,stroke,fill,flags,gapsClip):fillStroke(si,strokeStyle,width,s.dash,s.cap,fillStyle,stroke,fill,flags,boundsClip,gapsClip),
_pxAlign&&ctx.translate(-offset,-offset)}function fillStroke(si,strokeStyle,lineWidth,lineDash,lineCap,fillStyle,strokePath,fillPath,flags,boundsClip,gapsClip){
let didStrokeFill=!1;flags!=0&&bands.forEach((b,bi)=>{if(b.series[0]==si){let lowerEdge=series[b.series[1]],lowerData=data2[b.series[1]],bandClip=(lowerEdge._paths||
EMPTY_OBJ).band;isArr(bandClip)&&(bandClip=b.dir==1?bandClip[0]:bandClip[1]);let gapsClip2,_fillStyle=null;lowerEdge.show&&bandClip&&hasData(lowerData,i0,i1)?(_fillStyle=
b.fill(self,bi)||fillStyle,gapsClip2=lowerEdge._paths.clip):bandClip=null,strokeFill(strokeStyle,lineWidth,lineDash,lineCap,_fillStyle,strokePath,fillPath,flags,
boundsClip,gapsClip,gapsClip2,bandClip),didStrokeFill=!0}}),didStrokeFill||strokeFill(strokeStyle,lineWidth,lineDash,lineCap,fillStyle,strokePath,fillPath,flags,
boundsClip,gapsClip)}let CLIP_FILL_STROKE=BAND_CLIP_FILL|BAND_CLIP_STROKE;function strokeFill(strokeStyle,lineWidth,lineDash,lineCap,fillStyle,strokePath,fillPath,flags,boundsClip,gapsClip,gapsClip2,bandClip){
setCtxStyle(strokeStyle,lineWidth,lineDash,lineCap,fillStyle),(boundsClip||gapsClip||bandClip)&&(ctx.save(),boundsClip&&ctx.clip(boundsClip),gapsClip&&ctx.clip(
gapsClip)),bandClip?(flags&CLIP_FILL_STROKE)==CLIP_FILL_STROKE?(ctx.clip(bandClip),gapsClip2&&ctx.clip(gapsClip2),doFill(fillStyle,fillPath),doStroke(strokeStyle,
strokePath,lineWidth)):flags&BAND_CLIP_STROKE?(doFill(fillStyle,fillPath),ctx.clip(bandClip),doStroke(strokeStyle,strokePath,lineWidth)):flags&BAND_CLIP_FILL&&(ctx.
save(),ctx.clip(bandClip),gapsClip2&&ctx.clip(gapsClip2),doFill(fillStyle,fillPath),ctx.restore(),doStroke(strokeStyle,strokePath,lineWidth)):(doFill(fillStyle,
fillPath),doStroke(strokeStyle,strokePath,lineWidth)),(boundsClip||gapsClip||bandClip)&&ctx.restore()}function doStroke(strokeStyle,strokePath,lineWidth){lineWidth>
0&&(strokePath instanceof Map?strokePath.forEach((strokePath2,strokeStyle2)=>{ctx.strokeStyle=ctxStroke=strokeStyle2,ctx.stroke(strokePath2)}):strokePath!=null&&
strokeStyle&&ctx.stroke(strokePath))}function doFill(fillStyle,fillPath){fillPath instanceof Map?fillPath.forEach((fillPath2,fillStyle2)=>{ctx.fillStyle=ctxFill=
fillStyle2,ctx.fill(fillPath2)}):fillPath!=null&&fillStyle&&ctx.fill(fillPath)}function getIncrSpace(axisIdx,min2,max2,fullDim){let axis2=axes[axisIdx],incrSpace;
if(fullDim<=0)incrSpace=[0,0];else{let minSpace=axis2._space=axis2.space(self,axisIdx,min2,max2,fullDim),incrs=axis2._incrs=axis2.incrs(self,axisIdx,min2,max2,fullDim,
minSpace);incrSpace=findIncr(min2,max2,incrs,fullDim,minSpace)}return axis2._found=incrSpace}function drawOrthoLines(offs,filts,ori,side,pos0,len,width,stroke,dash,cap){
let offset=width%2/2;pxAlign==1&&ctx.translate(offset,offset),setCtxStyle(stroke,width,dash,cap,stroke),ctx.beginPath();let x0,y0,x1,y1,pos1=pos0+(side==0||side==
3?-len:len);ori==0?(y0=pos0,y1=pos1):(x0=pos0,x1=pos1);for(let i=0;i<offs.length;i++)filts[i]!=null&&(ori==0?x0=x1=offs[i]:y0=y1=offs[i],ctx.moveTo(x0,y0),ctx.lineTo(
x1,y1));ctx.stroke(),pxAlign==1&&ctx.translate(-offset,-offset)}function axesCalc(cycleNum){let converged=!0;return axes.forEach((axis2,i)=>{if(!axis2.show)return;
let scale=scales[axis2.scale];if(scale.min==null){axis2._show&&(converged=!1,axis2._show=!1,resetYSeries(!1));return}else axis2._show||(converged=!1,axis2._show=
!0,resetYSeries(!1));let side=axis2.side,ori=side%2,{min:min2,max:max2}=scale,[_incr,_space]=getIncrSpace(i,min2,max2,ori==0?plotWidCss:plotHgtCss);if(_space==0)
return;let forceMin=scale.distr==2,_splits=axis2._splits=axis2.splits(self,i,min2,max2,_incr,_space,forceMin),splits=scale.distr==2?_splits.map(i2=>data0[i2]):_splits,
incr=scale.distr==2?data0[_splits[1]]-data0[_splits[0]]:_incr,values=axis2._values=axis2.values(self,axis2.filter(self,splits,i,_space,incr),i,_space,incr);axis2.
_rotate=side==2?axis2.rotate(self,values,i,_space):0;let oldSize=axis2._size;axis2._size=ceil(axis2.size(self,values,i,cycleNum)),oldSize!=null&&axis2._size!=oldSize&&
(converged=!1)}),converged}function paddingCalc(cycleNum){let converged=!0;return padding.forEach((p,i)=>{let _p=p(self,i,sidesWithAxes,cycleNum);_p!=_padding[i]&&
(converged=!1),_padding[i]=_p}),converged}function drawAxesGrid(){for(let i=0;i<axes.length;i++){let axis2=axes[i];if(!axis2.show||!axis2._show)continue;let side=axis2.
side,ori=side%2,x,y,fillStyle=axis2.stroke(self,i),shiftDir=side==0||side==3?-1:1,[_incr,_space]=axis2._found;if(axis2.label!=null){let shiftAmt2=axis2.labelGap*
shiftDir,baseLpos=round((axis2._lpos+shiftAmt2)*pxRatio);setFontStyle(axis2.labelFont[0],fillStyle,"center",side==2?"top":BOTTOM),ctx.save(),ori==1?(x=y=0,ctx.translate(
baseLpos,round(plotTop+plotHgt/2)),ctx.rotate((side==3?-PI:PI)/2)):(x=round(plotLft+plotWid/2),y=baseLpos);let _label=isFn(axis2.label)?axis2.label(self,i,_incr,
_space):axis2.label;ctx.fillText(_label,x,y),ctx.restore()}if(_space==0)continue;let scale=scales[axis2.scale],plotDim=ori==0?plotWid:plotHgt,plotOff=ori==0?plotLft:
plotTop,_splits=axis2._splits,splits=scale.distr==2?_splits.map(i2=>data0[i2]):_splits,incr=scale.distr==2?data0[_splits[1]]-data0[_splits[0]]:_incr,ticks2=axis2.
ticks,border2=axis2.border,_tickSize=ticks2.show?ticks2.size:0,tickSize=round(_tickSize*pxRatio),axisGap=round((axis2.alignTo==2?axis2._size-_tickSize-axis2.gap:
axis2.gap)*pxRatio),angle=axis2._rotate*-PI/180,basePos=pxRound(axis2._pos*pxRatio),shiftAmt=(tickSize+axisGap)*shiftDir,finalPos=basePos+shiftAmt;y=ori==0?finalPos:
0,x=ori==1?finalPos:0;let font3=axis2.font[0],textAlign=axis2.align==1?LEFT:axis2.align==2?RIGHT:angle>0?LEFT:angle<0?RIGHT:ori==0?"center":side==3?RIGHT:LEFT,textBaseline=angle||
ori==1?"middle":side==2?"top":BOTTOM;setFontStyle(font3,fillStyle,textAlign,textBaseline);let lineHeight=axis2.font[1]*axis2.lineGap,canOffs=_splits.map(val=>pxRound(
getPos(val,scale,plotDim,plotOff))),_values=axis2._values;for(let i2=0;i2<_values.length;i2++){let val=_values[i2];if(val!=null){ori==0?x=canOffs[i2]:y=canOffs[i2],
val=""+val;let _parts=val.indexOf(`
`)==-1?[val]:val.split(/\n/gm);for(let j=0;j<_parts.length;j++){let text2=_parts[j];angle?(ctx.save(),ctx.translate(x,y+j*lineHeight),ctx.rotate(angle),ctx.fillText(
text2,0,0),ctx.restore()):ctx.fillText(text2,x,y+j*lineHeight)}}}ticks2.show&&drawOrthoLines(canOffs,ticks2.filter(self,splits,i,_space,incr),ori,side,basePos,tickSize,
roundDec(ticks2.width*pxRatio,3),ticks2.stroke(self,i),ticks2.dash,ticks2.cap);let grid2=axis2.grid;grid2.show&&drawOrthoLines(canOffs,grid2.filter(self,splits,
i,_space,incr),ori,ori==0?2:1,ori==0?plotTop:plotLft,ori==0?plotHgt:plotWid,roundDec(grid2.width*pxRatio,3),grid2.stroke(self,i),grid2.dash,grid2.cap),border2.show&&
drawOrthoLines([basePos],[1],ori==0?1:0,ori==0?1:2,ori==1?plotTop:plotLft,ori==1?plotHgt:plotWid,roundDec(border2.width*pxRatio,3),border2.stroke(self,i),border2.
dash,border2.cap)}fire("drawAxes")}function resetYSeries(minMax){series.forEach((s,i)=>{i>0&&(s._paths=null,minMax&&(mode2==1?(s.min=null,s.max=null):s.facets.forEach(
f=>{f.min=null,f.max=null})))})}let queuedCommit=!1,deferHooks=!1,hooksQueue=[];function flushHooks(){deferHooks=!1;for(let i=0;i<hooksQueue.length;i++)fire(...hooksQueue[i]);
hooksQueue.length=0}function commit(){queuedCommit||(microTask(_commit),queuedCommit=!0)}function batch(fn,_deferHooks=!1){queuedCommit=!0,deferHooks=_deferHooks,
fn(self),_commit(),_deferHooks&&hooksQueue.length>0&&queueMicrotask(flushHooks)}self.batch=batch;function _commit(){if(shouldSetScales&&(setScales(),shouldSetScales=
!1),shouldConvergeSize&&(convergeSize(),shouldConvergeSize=!1),shouldSetSize){if(setStylePx(under,LEFT,plotLftCss),setStylePx(under,"top",plotTopCss),setStylePx(
under,WIDTH,plotWidCss),setStylePx(under,HEIGHT,plotHgtCss),setStylePx(over,LEFT,plotLftCss),setStylePx(over,"top",plotTopCss),setStylePx(over,WIDTH,plotWidCss),
setStylePx(over,HEIGHT,plotHgtCss),setStylePx(wrap,WIDTH,fullWidCss),setStylePx(wrap,HEIGHT,fullHgtCss),can.width=round(fullWidCss*pxRatio),can.height=round(fullHgtCss*
pxRatio),axes.forEach(({_el,_show,_size,_pos,side})=>{if(_el!=null)if(_show){let posOffset=side===3||side===0?_size:0,isVt=side%2==1;setStylePx(_el,isVt?"left":
"top",_pos-posOffset),setStylePx(_el,isVt?"width":"height",_size),setStylePx(_el,isVt?"top":"left",isVt?plotTopCss:plotLftCss),setStylePx(_el,isVt?"height":"wid\
th",isVt?plotHgtCss:plotWidCss),remClass(_el,OFF)}else addClass(_el,OFF)}),ctxStroke=ctxFill=ctxWidth=ctxJoin=ctxCap=ctxFont=ctxAlign=ctxBaseline=ctxDash=null,ctxAlpha=
1,syncRect(!0),plotLftCss!=_plotLftCss||plotTopCss!=_plotTopCss||plotWidCss!=_plotWidCss||plotHgtCss!=_plotHgtCss){resetYSeries(!1);let pctWid=plotWidCss/_plotWidCss,
pctHgt=plotHgtCss/_plotHgtCss;if(showCursor&&!shouldSetCursor&&cursor.left>=0){cursor.left*=pctWid,cursor.top*=pctHgt,vCursor&&elTrans(vCursor,round(cursor.left),
0,plotWidCss,plotHgtCss),hCursor&&elTrans(hCursor,0,round(cursor.top),plotWidCss,plotHgtCss);for(let i=0;i<cursorPts.length;i++){let pt=cursorPts[i];pt!=null&&(cursorPtsLft[i]*=
pctWid,cursorPtsTop[i]*=pctHgt,elTrans(pt,ceil(cursorPtsLft[i]),ceil(cursorPtsTop[i]),plotWidCss,plotHgtCss))}}if(select.show&&!shouldSetSelect&&select.left>=0&&
select.width>0){select.left*=pctWid,select.width*=pctWid,select.top*=pctHgt,select.height*=pctHgt;for(let prop in _hideProps)setStylePx(selectDiv,prop,select[prop])}
_plotLftCss=plotLftCss,_plotTopCss=plotTopCss,_plotWidCss=plotWidCss,_plotHgtCss=plotHgtCss}fire("setSize"),shouldSetSize=!1}fullWidCss>0&&fullHgtCss>0&&(ctx.clearRect(
0,0,can.width,can.height),fire("drawClear"),drawOrder.forEach(fn=>fn()),fire("draw")),select.show&&shouldSetSelect&&(setSelect(select),shouldSetSelect=!1),showCursor&&
shouldSetCursor&&(updateCursor(null,!0,!1),shouldSetCursor=!1),legend.show&&legend.live&&shouldSetLegend&&(setLegend(),shouldSetLegend=!1),ready||(ready=!0,self.
status=1,fire("ready")),viaAutoScaleX=!1,queuedCommit=!1}self.redraw=(rebuildPaths,recalcAxes)=>{shouldConvergeSize=recalcAxes||!1,rebuildPaths!==!1?_setScale(xScaleKey,
scaleX.min,scaleX.max):commit()};function setScale(key3,opts2){let sc=scales[key3];if(sc.from==null){if(dataLen==0){let minMax=sc.range(self,opts2.min,opts2.max,
key3);opts2.min=minMax[0],opts2.max=minMax[1]}if(opts2.min>opts2.max){let _min=opts2.min;opts2.min=opts2.max,opts2.max=_min}if(dataLen>1&&opts2.min!=null&&opts2.
max!=null&&opts2.max-opts2.min<1e-16)return;key3==xScaleKey&&sc.distr==2&&dataLen>0&&(opts2.min=closestIdx(opts2.min,data2[0]),opts2.max=closestIdx(opts2.max,data2[0]),
opts2.min==opts2.max&&opts2.max++),pendScales[key3]=opts2,shouldSetScales=!0,commit()}}self.setScale=setScale;let xCursor,yCursor,vCursor,hCursor,rawMouseLeft0,
rawMouseTop0,mouseLeft0,mouseTop0,rawMouseLeft1,rawMouseTop1,mouseLeft1,mouseTop1,dragging=!1,drag=cursor.drag,dragX=drag.x,dragY=drag.y;showCursor&&(cursor.x&&
(xCursor=placeDiv(CURSOR_X,over)),cursor.y&&(yCursor=placeDiv(CURSOR_Y,over)),scaleX.ori==0?(vCursor=xCursor,hCursor=yCursor):(vCursor=yCursor,hCursor=xCursor),
mouseLeft1=cursor.left,mouseTop1=cursor.top);let select=self.select=assign({show:!0,over:!0,left:0,width:0,top:0,height:0},opts.select),selectDiv=select.show?placeDiv(
SELECT,select.over?over:under):null;function setSelect(opts2,_fire){if(select.show){for(let prop in opts2)select[prop]=opts2[prop],prop in _hideProps&&setStylePx(
selectDiv,prop,opts2[prop]);_fire!==!1&&fire("setSelect")}}self.setSelect=setSelect;function toggleDOM(i){if(series[i].show)showLegend&&remClass(legendRows[i],OFF);else if(showLegend&&
addClass(legendRows[i],OFF),showCursor){let pt=cursorOnePt?cursorPts[0]:cursorPts[i];pt!=null&&elTrans(pt,-10,-10,plotWidCss,plotHgtCss)}}function _setScale(key3,min2,max2){
setScale(key3,{min:min2,max:max2})}function setSeries(i,opts2,_fire,_pub){opts2.focus!=null&&setFocus(i),opts2.show!=null&&series.forEach((s,si)=>{si>0&&(i==si||
i==null)&&(s.show=opts2.show,toggleDOM(si),mode2==2?(_setScale(s.facets[0].scale,null,null),_setScale(s.facets[1].scale,null,null)):_setScale(s.scale,null,null),
commit())}),_fire!==!1&&fire("setSeries",i,opts2),_pub&&pubSync("setSeries",self,i,opts2)}self.setSeries=setSeries;function setBand(bi,opts2){assign(bands[bi],opts2)}
function addBand(opts2,bi){opts2.fill=fnOrSelf(opts2.fill||null),opts2.dir=ifNull(opts2.dir,-1),bi=bi??bands.length,bands.splice(bi,0,opts2)}function delBand(bi){
bi==null?bands.length=0:bands.splice(bi,1)}self.addBand=addBand,self.setBand=setBand,self.delBand=delBand;function setAlpha(i,value3){series[i].alpha=value3,showCursor&&
cursorPts[i]!=null&&(cursorPts[i].style.opacity=value3),showLegend&&legendRows[i]&&(legendRows[i].style.opacity=value3)}let closestDist,closestSeries,focusedSeries,
FOCUS_TRUE={focus:!0};function setFocus(i){if(i!=focusedSeries){let allFocused=i==null,_setAlpha=focus.alpha!=1;series.forEach((s,i2)=>{if(mode2==1||i2>0){let isFocused=allFocused||
i2==0||i2==i;s._focus=allFocused?null:isFocused,_setAlpha&&setAlpha(i2,isFocused?1:focus.alpha)}}),focusedSeries=i,_setAlpha&&commit()}}showLegend&&cursorFocus&&
onMouse(mouseleave,legendTable,e=>{cursor._lock||(setCursorEvent(e),focusedSeries!=null&&setSeries(null,FOCUS_TRUE,!0,syncOpts.setSeries))});function posToVal(pos,scale,can2){
let sc=scales[scale];can2&&(pos=pos/pxRatio-(sc.ori==1?plotTopCss:plotLftCss));let dim=plotWidCss;sc.ori==1&&(dim=plotHgtCss,pos=dim-pos),sc.dir==-1&&(pos=dim-pos);
let _min=sc._min,_max=sc._max,pct=pos/dim,sv=_min+(_max-_min)*pct,distr=sc.distr;return distr==3?pow(10,sv):distr==4?sinh(sv,sc.asinh):distr==100?sc.bwd(sv):sv}
function closestIdxFromXpos(pos,can2){let v=posToVal(pos,xScaleKey,can2);return closestIdx(v,data2[0],i0,i1)}self.valToIdx=val=>closestIdx(val,data2[0]),self.posToIdx=
closestIdxFromXpos,self.posToVal=posToVal,self.valToPos=(val,scale,can2)=>scales[scale].ori==0?getHPos(val,scales[scale],can2?plotWid:plotWidCss,can2?plotLft:0):
getVPos(val,scales[scale],can2?plotHgt:plotHgtCss,can2?plotTop:0),self.setCursor=(opts2,_fire,_pub)=>{mouseLeft1=opts2.left,mouseTop1=opts2.top,updateCursor(null,
_fire,_pub)};function setSelH(off2,dim){setStylePx(selectDiv,LEFT,select.left=off2),setStylePx(selectDiv,WIDTH,select.width=dim)}function setSelV(off2,dim){setStylePx(
selectDiv,"top",select.top=off2),setStylePx(selectDiv,HEIGHT,select.height=dim)}let setSelX=scaleX.ori==0?setSelH:setSelV,setSelY=scaleX.ori==1?setSelH:setSelV;
function syncLegend(){if(showLegend&&legend.live)for(let i=mode2==2?1:0;i<series.length;i++){if(i==0&&multiValLegend)continue;let vals=legend.values[i],j=0;for(let k in vals)
legendCells[i][j++].firstChild.nodeValue=vals[k]}}function setLegend(opts2,_fire){if(opts2!=null&&(opts2.idxs?opts2.idxs.forEach((didx,sidx)=>{activeIdxs[sidx]=
didx}):isUndef(opts2.idx)||activeIdxs.fill(opts2.idx),legend.idx=activeIdxs[0]),showLegend&&legend.live){for(let sidx=0;sidx<series.length;sidx++)(sidx>0||mode2==
1&&!multiValLegend)&&setLegendValues(sidx,activeIdxs[sidx]);syncLegend()}shouldSetLegend=!1,_fire!==!1&&fire("setLegend")}self.setLegend=setLegend;function setLegendValues(sidx,idx){
let s=series[sidx],src=sidx==0&&xScaleDistr==2?data0:data2[sidx],val;multiValLegend?val=s.values(self,sidx,idx)??NULL_LEGEND_VALUES:(val=s.value(self,idx==null?
null:src[idx],sidx,idx),val=val==null?NULL_LEGEND_VALUES:{_:val}),legend.values[sidx]=val}function updateCursor(src,_fire,_pub){rawMouseLeft1=mouseLeft1,rawMouseTop1=
mouseTop1,[mouseLeft1,mouseTop1]=cursor.move(self,mouseLeft1,mouseTop1),cursor.left=mouseLeft1,cursor.top=mouseTop1,showCursor&&(vCursor&&elTrans(vCursor,round(
mouseLeft1),0,plotWidCss,plotHgtCss),hCursor&&elTrans(hCursor,0,round(mouseTop1),plotWidCss,plotHgtCss));let idx,noDataInRange=i0>i1;closestDist=inf,closestSeries=
null;let xDim=scaleX.ori==0?plotWidCss:plotHgtCss,yDim=scaleX.ori==1?plotWidCss:plotHgtCss;if(mouseLeft1<0||dataLen==0||noDataInRange){idx=cursor.idx=null;for(let i=0;i<
series.length;i++){let pt=cursorPts[i];pt!=null&&elTrans(pt,-10,-10,plotWidCss,plotHgtCss)}cursorFocus&&setSeries(null,FOCUS_TRUE,!0,src==null&&syncOpts.setSeries),
legend.live&&(activeIdxs.fill(idx),shouldSetLegend=!0)}else{let mouseXPos,valAtPosX,xPos;mode2==1&&(mouseXPos=scaleX.ori==0?mouseLeft1:mouseTop1,valAtPosX=posToVal(
mouseXPos,xScaleKey),idx=cursor.idx=closestIdx(valAtPosX,data2[0],i0,i1),xPos=valToPosX(data2[0][idx],scaleX,xDim,0));let _ptLft=-10,_ptTop=-10,_ptWid=0,_ptHgt=0,
_centered=!0,_ptFill="",_ptStroke="";for(let i=mode2==2?1:0;i<series.length;i++){let s=series[i],idx1=activeIdxs[i],yVal1=idx1==null?null:mode2==1?data2[i][idx1]:
data2[i][1][idx1],idx2=cursor.dataIdx(self,i,idx,valAtPosX),yVal2=idx2==null?null:mode2==1?data2[i][idx2]:data2[i][1][idx2];if(shouldSetLegend=shouldSetLegend||
yVal2!=yVal1||idx2!=idx1,activeIdxs[i]=idx2,i>0&&s.show){let xPos2=idx2==null?-10:idx2==idx?xPos:valToPosX(mode2==1?data2[0][idx2]:data2[i][0][idx2],scaleX,xDim,
0),yPos=yVal2==null?-10:valToPosY(yVal2,mode2==1?scales[s.scale]:scales[s.facets[1].scale],yDim,0);if(cursorFocus&&yVal2!=null){let mouseYPos=scaleX.ori==1?mouseLeft1:
mouseTop1,dist=abs(focus.dist(self,i,idx2,yPos,mouseYPos));if(dist<closestDist){let bias=focus.bias;if(bias!=0){let mouseYVal=posToVal(mouseYPos,s.scale),seriesYValSign=yVal2>=
0?1:-1,mouseYValSign=mouseYVal>=0?1:-1;mouseYValSign==seriesYValSign&&(mouseYValSign==1?bias==1?yVal2>=mouseYVal:yVal2<=mouseYVal:bias==1?yVal2<=mouseYVal:yVal2>=
mouseYVal)&&(closestDist=dist,closestSeries=i)}else closestDist=dist,closestSeries=i}}if(shouldSetLegend||cursorOnePt){let hPos,vPos;scaleX.ori==0?(hPos=xPos2,vPos=
yPos):(hPos=yPos,vPos=xPos2);let ptWid,ptHgt,ptLft,ptTop,ptStroke,ptFill,centered=!0,getBBox=points2.bbox;if(getBBox!=null){centered=!1;let bbox=getBBox(self,i);
ptLft=bbox.left,ptTop=bbox.top,ptWid=bbox.width,ptHgt=bbox.height}else ptLft=hPos,ptTop=vPos,ptWid=ptHgt=points2.size(self,i);if(ptFill=points2.fill(self,i),ptStroke=
points2.stroke(self,i),cursorOnePt)i==closestSeries&&closestDist<=focus.prox&&(_ptLft=ptLft,_ptTop=ptTop,_ptWid=ptWid,_ptHgt=ptHgt,_centered=centered,_ptFill=ptFill,
_ptStroke=ptStroke);else{let pt=cursorPts[i];pt!=null&&(cursorPtsLft[i]=ptLft,cursorPtsTop[i]=ptTop,elSize(pt,ptWid,ptHgt,centered),elColor(pt,ptFill,ptStroke),
elTrans(pt,ceil(ptLft),ceil(ptTop),plotWidCss,plotHgtCss))}}}}if(cursorOnePt){let p=focus.prox,focusChanged=focusedSeries==null?closestDist<=p:closestDist>p||closestSeries!=
focusedSeries;if(shouldSetLegend||focusChanged){let pt=cursorPts[0];pt!=null&&(cursorPtsLft[0]=_ptLft,cursorPtsTop[0]=_ptTop,elSize(pt,_ptWid,_ptHgt,_centered),
elColor(pt,_ptFill,_ptStroke),elTrans(pt,ceil(_ptLft),ceil(_ptTop),plotWidCss,plotHgtCss))}}}if(select.show&&dragging)if(src!=null){let[xKey,yKey]=syncOpts.scales,
[matchXKeys,matchYKeys]=syncOpts.match,[xKeySrc,yKeySrc]=src.cursor.sync.scales,sdrag=src.cursor.drag;if(dragX=sdrag._x,dragY=sdrag._y,dragX||dragY){let{left,top,
width,height}=src.select,sori=src.scales[xKeySrc].ori,sPosToVal=src.posToVal,sOff,sDim,sc,a,b,matchingX=xKey!=null&&matchXKeys(xKey,xKeySrc),matchingY=yKey!=null&&
matchYKeys(yKey,yKeySrc);matchingX&&dragX?(sori==0?(sOff=left,sDim=width):(sOff=top,sDim=height),sc=scales[xKey],a=valToPosX(sPosToVal(sOff,xKeySrc),sc,xDim,0),
b=valToPosX(sPosToVal(sOff+sDim,xKeySrc),sc,xDim,0),setSelX(min(a,b),abs(b-a))):setSelX(0,xDim),matchingY&&dragY?(sori==1?(sOff=left,sDim=width):(sOff=top,sDim=
height),sc=scales[yKey],a=valToPosY(sPosToVal(sOff,yKeySrc),sc,yDim,0),b=valToPosY(sPosToVal(sOff+sDim,yKeySrc),sc,yDim,0),setSelY(min(a,b),abs(b-a))):setSelY(0,
yDim)}else hideSelect()}else{let rawDX=abs(rawMouseLeft1-rawMouseLeft0),rawDY=abs(rawMouseTop1-rawMouseTop0);if(scaleX.ori==1){let _rawDX=rawDX;rawDX=rawDY,rawDY=
_rawDX}dragX=drag.x&&rawDX>=drag.dist,dragY=drag.y&&rawDY>=drag.dist;let uni=drag.uni;uni!=null?dragX&&dragY&&(dragX=rawDX>=uni,dragY=rawDY>=uni,!dragX&&!dragY&&
(rawDY>rawDX?dragY=!0:dragX=!0)):drag.x&&drag.y&&(dragX||dragY)&&(dragX=dragY=!0);let p0,p1;dragX&&(scaleX.ori==0?(p0=mouseLeft0,p1=mouseLeft1):(p0=mouseTop0,p1=
mouseTop1),setSelX(min(p0,p1),abs(p1-p0)),dragY||setSelY(0,yDim)),dragY&&(scaleX.ori==1?(p0=mouseLeft0,p1=mouseLeft1):(p0=mouseTop0,p1=mouseTop1),setSelY(min(p0,
p1),abs(p1-p0)),dragX||setSelX(0,xDim)),!dragX&&!dragY&&(setSelX(0,0),setSelY(0,0))}if(drag._x=dragX,drag._y=dragY,src==null){if(_pub){if(syncKey!=null){let[xSyncKey,
ySyncKey]=syncOpts.scales;syncOpts.values[0]=xSyncKey!=null?posToVal(scaleX.ori==0?mouseLeft1:mouseTop1,xSyncKey):null,syncOpts.values[1]=ySyncKey!=null?posToVal(
scaleX.ori==1?mouseLeft1:mouseTop1,ySyncKey):null}pubSync(mousemove,self,mouseLeft1,mouseTop1,plotWidCss,plotHgtCss,idx)}if(cursorFocus){let shouldPub=_pub&&syncOpts.
setSeries,p=focus.prox;focusedSeries==null?closestDist<=p&&setSeries(closestSeries,FOCUS_TRUE,!0,shouldPub):closestDist>p?setSeries(null,FOCUS_TRUE,!0,shouldPub):
closestSeries!=focusedSeries&&setSeries(closestSeries,FOCUS_TRUE,!0,shouldPub)}}shouldSetLegend&&(legend.idx=idx,setLegend()),_fire!==!1&&fire("setCursor")}let rect2=null;
Object.defineProperty(self,"rect",{get(){return rect2==null&&syncRect(!1),rect2}});function syncRect(defer=!1){defer?rect2=null:(rect2=over.getBoundingClientRect(),
fire("syncRect",rect2))}function mouseMove(e,src,_l,_t,_w,_h,_i){cursor._lock||dragging&&e!=null&&e.movementX==0&&e.movementY==0||(cacheMouse(e,src,_l,_t,_w,_h,
_i,!1,e!=null),e!=null?updateCursor(null,!0,!0):updateCursor(src,!0,!1))}function cacheMouse(e,src,_l,_t,_w,_h,_i,initial,snap){if(rect2==null&&syncRect(!1),setCursorEvent(
e),e!=null)_l=e.clientX-rect2.left,_t=e.clientY-rect2.top;else{if(_l<0||_t<0){mouseLeft1=-10,mouseTop1=-10;return}let[xKey,yKey]=syncOpts.scales,syncOptsSrc=src.
cursor.sync,[xValSrc,yValSrc]=syncOptsSrc.values,[xKeySrc,yKeySrc]=syncOptsSrc.scales,[matchXKeys,matchYKeys]=syncOpts.match,rotSrc=src.axes[0].side%2==1,xDim=scaleX.
ori==0?plotWidCss:plotHgtCss,yDim=scaleX.ori==1?plotWidCss:plotHgtCss,_xDim=rotSrc?_h:_w,_yDim=rotSrc?_w:_h,_xPos=rotSrc?_t:_l,_yPos=rotSrc?_l:_t;if(xKeySrc!=null?
_l=matchXKeys(xKey,xKeySrc)?getPos(xValSrc,scales[xKey],xDim,0):-10:_l=xDim*(_xPos/_xDim),yKeySrc!=null?_t=matchYKeys(yKey,yKeySrc)?getPos(yValSrc,scales[yKey],
yDim,0):-10:_t=yDim*(_yPos/_yDim),scaleX.ori==1){let __l=_l;_l=_t,_t=__l}}snap&&(src==null||src.cursor.event.type==mousemove)&&((_l<=1||_l>=plotWidCss-1)&&(_l=incrRound(
_l,plotWidCss)),(_t<=1||_t>=plotHgtCss-1)&&(_t=incrRound(_t,plotHgtCss))),initial?(rawMouseLeft0=_l,rawMouseTop0=_t,[mouseLeft0,mouseTop0]=cursor.move(self,_l,_t)):
(mouseLeft1=_l,mouseTop1=_t)}let _hideProps={width:0,height:0,left:0,top:0};function hideSelect(){setSelect(_hideProps,!1)}let downSelectLeft,downSelectTop,downSelectWidth,
downSelectHeight;function mouseDown(e,src,_l,_t,_w,_h,_i){dragging=!0,dragX=dragY=drag._x=drag._y=!1,cacheMouse(e,src,_l,_t,_w,_h,_i,!0,!1),e!=null&&(onMouse(mouseup,
doc,mouseUp,!1),pubSync(mousedown,self,mouseLeft0,mouseTop0,plotWidCss,plotHgtCss,null));let{left,top,width,height}=select;downSelectLeft=left,downSelectTop=top,
downSelectWidth=width,downSelectHeight=height}function mouseUp(e,src,_l,_t,_w,_h,_i){dragging=drag._x=drag._y=!1,cacheMouse(e,src,_l,_t,_w,_h,_i,!1,!0);let{left,
top,width,height}=select,hasSelect=width>0||height>0,chgSelect=downSelectLeft!=left||downSelectTop!=top||downSelectWidth!=width||downSelectHeight!=height;if(hasSelect&&
chgSelect&&setSelect(select),drag.setScale&&hasSelect&&chgSelect){let xOff=left,xDim=width,yOff=top,yDim=height;if(scaleX.ori==1&&(xOff=top,xDim=height,yOff=left,
yDim=width),dragX&&_setScale(xScaleKey,posToVal(xOff,xScaleKey),posToVal(xOff+xDim,xScaleKey)),dragY)for(let k in scales){let sc=scales[k];k!=xScaleKey&&sc.from==
null&&sc.min!=inf&&_setScale(k,posToVal(yOff+yDim,k),posToVal(yOff,k))}hideSelect()}else cursor.lock&&(cursor._lock=!cursor._lock,updateCursor(src,!0,e!=null));
e!=null&&(offMouse(mouseup,doc),pubSync(mouseup,self,mouseLeft1,mouseTop1,plotWidCss,plotHgtCss,null))}function mouseLeave(e,src,_l,_t,_w,_h,_i){if(cursor._lock)
return;setCursorEvent(e);let _dragging=dragging;if(dragging){let snapH=!0,snapV=!0,snapProx=10,dragH,dragV;scaleX.ori==0?(dragH=dragX,dragV=dragY):(dragH=dragY,
dragV=dragX),dragH&&dragV&&(snapH=mouseLeft1<=snapProx||mouseLeft1>=plotWidCss-snapProx,snapV=mouseTop1<=snapProx||mouseTop1>=plotHgtCss-snapProx),dragH&&snapH&&
(mouseLeft1=mouseLeft1<mouseLeft0?0:plotWidCss),dragV&&snapV&&(mouseTop1=mouseTop1<mouseTop0?0:plotHgtCss),updateCursor(null,!0,!0),dragging=!1}mouseLeft1=-10,mouseTop1=
-10,activeIdxs.fill(null),updateCursor(null,!0,!0),_dragging&&(dragging=_dragging)}function dblClick(e,src,_l,_t,_w,_h,_i){cursor._lock||(setCursorEvent(e),autoScaleX(),
hideSelect(),e!=null&&pubSync(dblclick,self,mouseLeft1,mouseTop1,plotWidCss,plotHgtCss,null))}function syncPxRatio(){axes.forEach(syncFontSize),_setSize(self.width,
self.height,!0)}on(dppxchange,win,syncPxRatio);let events={};events.mousedown=mouseDown,events.mousemove=mouseMove,events.mouseup=mouseUp,events.dblclick=dblClick,
events.setSeries=(e,src,idx,opts2)=>{let seriesIdxMatcher2=syncOpts.match[2];idx=seriesIdxMatcher2(self,src,idx),idx!=-1&&setSeries(idx,opts2,!0,!1)},showCursor&&
(onMouse(mousedown,over,mouseDown),onMouse(mousemove,over,mouseMove),onMouse(mouseenter,over,e=>{setCursorEvent(e),syncRect(!1)}),onMouse(mouseleave,over,mouseLeave),
onMouse(dblclick,over,dblClick),cursorPlots.add(self),self.syncRect=syncRect);let hooks=self.hooks=opts.hooks||{};function fire(evName,a1,a2){deferHooks?hooksQueue.
push([evName,a1,a2]):evName in hooks&&hooks[evName].forEach(fn=>{fn.call(null,self,a1,a2)})}(opts.plugins||[]).forEach(p=>{for(let evName in p.hooks)hooks[evName]=
(hooks[evName]||[]).concat(p.hooks[evName])});let seriesIdxMatcher=(self2,src,srcSeriesIdx)=>srcSeriesIdx,syncOpts=assign({key:null,setSeries:!1,filters:{pub:retTrue,
sub:retTrue},scales:[xScaleKey,series[1]?series[1].scale:null],match:[retEq,retEq,seriesIdxMatcher],values:[null,null]},cursor.sync);syncOpts.match.length==2&&syncOpts.
match.push(seriesIdxMatcher),cursor.sync=syncOpts;let syncKey=syncOpts.key,sync=_sync(syncKey);function pubSync(type,src,x,y,w,h,i){syncOpts.filters.pub(type,src,
x,y,w,h,i)&&sync.pub(type,src,x,y,w,h,i)}sync.sub(self);function pub(type,src,x,y,w,h,i){syncOpts.filters.sub(type,src,x,y,w,h,i)&&events[type](null,src,x,y,w,h,
i)}self.pub=pub;function destroy(){sync.unsub(self),cursorPlots.delete(self),mouseListeners.clear(),off(dppxchange,win,syncPxRatio),root.remove(),legendTable?.remove(),
fire("destroy")}self.destroy=destroy;function _init(){fire("init",opts,data2),setData(data2||opts.data,!1),pendScales[xScaleKey]?setScale(xScaleKey,pendScales[xScaleKey]):
autoScaleX(),shouldSetSelect=select.show&&(select.width>0||select.height>0),shouldSetCursor=shouldSetLegend=!0,_setSize(opts.width,opts.height)}return series.forEach(
initSeries),axes.forEach(initAxis),then?then instanceof HTMLElement?(then.appendChild(root),_init()):then(self,_init):_init(),self}uPlot.assign=assign;uPlot.fmtNum=
fmtNum;uPlot.rangeNum=rangeNum;uPlot.rangeLog=rangeLog;uPlot.rangeAsinh=rangeAsinh;uPlot.orient=orient;uPlot.pxRatio=pxRatio;uPlot.join=join;uPlot.fmtDate=fmtDate,
uPlot.tzDate=tzDate;uPlot.sync=_sync;{uPlot.addGap=addGap,uPlot.clipGaps=clipGaps;let paths=uPlot.paths={points};paths.linear=linear,paths.stepped=stepped,paths.
bars=bars,paths.spline=monotoneCubic}function colour(name){return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()}var paint=name=>()=>colour(name),font2="12px system\
-ui, sans-serif",axisWidth=64;function valueAxis(fraction2){return{...axis(),size:axisWidth,space:28,values:(_2,splits)=>splits.map(split=>fraction2?`${plain(100*
split)}%`:plain(split))}}function laneAxis(names){return{...axis(),size:axisWidth,grid:{show:!1},splits:()=>names.map((_2,i)=>names.length-i-.5),values:()=>names}}
function rankAxis(){return{...axis(),size:30,grid:{show:!1},values:(_2,splits)=>splits.map(split=>Number.isInteger(split)&&split>0?count(split):"")}}function timeAxis(labels=!0){
let values=(_2,splits)=>splits.map(split=>labels?minute(1e3*split):"");return{...axis(),size:labels?30:8,space:64,values}}function axis(){return{font:font2,stroke:paint(
"muted"),grid:{stroke:paint("grid"),width:1},ticks:{show:!1}}}function valueRange(fraction2,lines){return(_2,least,most)=>{let known=[least,most,...lines()].filter(
number=>number!==null&&Number.isFinite(number)),top=Math.max(...known,fraction2?.2:0),bottom=Math.min(0,...known),room=(top-bottom||1)*.08;return[bottom<0?bottom-
room:0,fraction2&&top<=1?Math.min(1,top+room):top+room]}}function drawLine(plot,value3,name,dashed){let{ctx,bbox}=plot,y=Math.round(plot.valToPos(value3,"y",!0))+
.5;y<bbox.top||y>bbox.top+bbox.height||(ctx.save(),ctx.strokeStyle=colour(name),ctx.lineWidth=devicePixelRatio*1.5,ctx.setLineDash(dashed?[2*devicePixelRatio,4*
devicePixelRatio]:[7*devicePixelRatio,4*devicePixelRatio]),ctx.beginPath(),ctx.moveTo(bbox.left,y),ctx.lineTo(bbox.left+bbox.width,y),ctx.stroke(),ctx.restore())}
var Chart=class{box;plot;observer;stop=new AbortController;constructor(options,data2,id){this.box=element("div",{class:"chart",role:"img","aria-label":"",id}),this.
box.style.height=`${options.height}px`,this.plot=new uPlot({legend:{show:!1},...options,width:320},data2,this.box),this.observer=new ResizeObserver(()=>this.fit(
options.height)),this.observer.observe(this.box);let redraw=()=>this.plot.redraw(!1,!0);matchMedia("(prefers-color-scheme: dark)").addEventListener("change",redraw,
{signal:this.stop.signal})}fit(height){let width=Math.floor(this.box.clientWidth);width>0&&width!==this.plot.width&&this.plot.setSize({width,height})}describe(text2){
setAttribute(this.box,"aria-label",text2)}close(){this.stop.abort(),this.observer.disconnect(),this.plot.destroy(),this.box.remove()}};var PlainTable=class{element;body=element("tbody");constructor(caption,titles,visibleCaption=!0){let head=element("tr",{},...titles.map(title=>element("th",{scope:"\
col"},title))),table=element("table",{},element("caption",{class:visibleCaption?void 0:"visually-hidden"},caption),element("thead",{},head),this.body);this.element=
scroller(caption,table)}show(rows){for(;this.body.children.length>rows.length;)this.body.lastElementChild?.remove();rows.forEach((texts,i)=>{let row=this.body.children[i]??
this.body.appendChild(element("tr",{},...texts.map((_2,k)=>k===0?element("th",{scope:"row"}):element("td"))));texts.forEach((text2,k)=>setText(row.children[k],text2))}),
this.element.hidden=rows.length===0}};var minutes=60,NodeDetail=class{constructor(name,get2,known){this.name=name;this.known=known;this.past=new PastPart(name,get2),this.element=element("section",{class:"\
opened","aria-label":`Node ${name}`},this.facts,this.lines.element,this.past.element,this.plan.element,this.earlier.element)}name;known;element;facts=element("d\
l",{class:"facts"});lines=new PlainTable("Lines",["Rule","Metric","Line","Measured","Expected","Age","State"]);plan=new PlanPart;past;earlier=new PlainTable("Ea\
rlier evictions from this node",["When","Pod","To","Rule","Value","After","Effect"]);update(row){let known=this.known(),{snapshot,ruleSets:ruleSets2}=known.nodes,
node=known.nodes?.nodes.find(node2=>node2.name===this.name)??row.node;setFacts(this.facts,[["State",stateText(node,ruleSets2,snapshot)],["Headroom",headroom(node.
headroom)],["Effects",effects(node).join(", ")||"none"]]),this.lines.show(nodeLines(node,ruleSets2,snapshot).map(({rule,reading:reading2,state:state2})=>[rule,reading2.
metric,line(reading2,reading2.fraction),measured(reading2.value,reading2.fraction),measured(reading2.projected,reading2.fraction),reading2.value===null?"-":seconds(
(reading2.ageSeconds??0)+snapshot.ageSeconds),state2])),this.past.show(now(known)),this.plan.show(this.name,known);let now2=now(known),earlier=latest(known.evictions.
value?.records??[]).filter(record=>record.node===this.name);this.earlier.show(earlier.slice(0,10).map(record=>[moment(at(record),now2),podName(record.pod),destination(
record),`${record.rule.set}/${record.rule.rule}`,value2(record,record.before.value),value2(record,record.after),outcome(record)]))}close(){this.past.close()}},PlanPart=class{element=element(
"div");words=element("p");moved=new PlainTable("Pods that the plan moves",["Pod","To","Share","Why"]);passed=new PlainTable("Pods that stay",["Pod","Share","Why",
"Reason"]);constructor(){this.element.append(element("h3",{},"Evictions"),this.words,this.moved.element,this.passed.element)}show(name,known){let planning=known.
plan.value,planned=planning?.plan?.nodes?.filter(node=>node.node===name)??[];setText(this.words,planText(planned,known));let moved=planning?.plan?.evictions?.filter(
record=>record.node===name)??[];this.moved.show(moved.map(record=>[podName(record.pod),destination(record),value2(record,record.before.share),record.before.why]));
let passed=planned.flatMap(node=>node.passed??[]);this.passed.show(passed.map(pod=>[podName(pod),pod.share===0?"-":measured(pod.share,!0),pod.why.message,pod.why.
code]))}};function planText(planned,known){let planning=known.plan.value;if(planning===void 0)return known.plan.failure===void 0?"Who would be moved is shown wh\
ere the page is opened by kubectl loadline dashboard, which asks the descheduler.":`The descheduler cannot be asked: ${known.plan.failure}`;if(planning.stopped!==
void 0)return`Nothing is evicted at all: ${planning.stopped.message}`;if(planned.length===0)return planning.evictionsDisabled?"Evictions are disabled.":"No rule\
 asks for evictions from this node now.";let dry=planning.dryRun?" This is a dry run: nothing is evicted.":"";return planned.map(node=>ofPlanned(node)).join(". ")+
"."+dry}function ofPlanned(node){let rule=`${node.rule.set}/${node.rule.rule}`;if(node.held!==void 0)return`${rule} moves nothing: ${node.held.message}`;let value3=number=>measured(
number,node.goal>0&&node.goal<=1);return`${rule} would bring ${node.metric??"it"} from ${value3(node.value)} to ${value3(node.after)}; the goal is ${value3(node.
goal)}`}var PastPart=class{constructor(name,get2){this.name=name;this.get=get2;this.element.append(element("h3",{},`The last ${minutes} minutes`),this.notice,this.
charts)}name;get;element=element("div");notice=element("p",{class:"notice",hidden:""});charts=element("div",{class:"charts"});kept=new Kept;shown=[];timeline;asking=!1;closed=!1;async show(now2){
if(this.asking||!isDue(this.timeline,now2))return;this.asking=!0;let answer=await this.get(`/v1/timeline?minutes=${minutes}&node=${encodeURIComponent(this.name)}`);
if(this.asking=!1,this.closed)return;if(!answer.ok){setNotice(this.notice,`Its history is not known: ${answer.why}`);return}this.timeline=answer.value;let{times,
loads,loadError}=answer.value,known=distinct(loads).filter(load=>load.values?.some(value3=>value3!==null));setNotice(this.notice,loadError??(known.length===0?"N\
othing is known of it yet.":""));let before=new Set(this.shown);this.shown=this.kept.each(known,load=>`${load.ruleSet}/${load.metric}`,load=>new PastChart(load.
fraction??!1)),this.shown.forEach((chart,i)=>{before.delete(chart),chart.show(known[i],times)}),before.forEach(chart=>chart.close()),arrange(this.charts,this.shown.
map(chart=>chart.figure))}close(){this.closed=!0,this.shown.forEach(chart=>chart.close())}};function distinct(loads){let found=[];for(let load of loads){let same=found.
find(other=>other.metric===load.metric&&JSON.stringify(other.values)===JSON.stringify(load.values));same===void 0?found.push({...load,lines:[...load.lines]}):same.
lines.push(...load.lines)}return found}var PastChart=class{figure;title=element("strong");words=element("span");chart;load;constructor(fraction2){this.chart=new Chart(
{height:130,scales:{x:{time:!0},y:{range:valueRange(fraction2,()=>this.thresholds())}},axes:[timeAxis(),valueAxis(fraction2)],series:[{},{stroke:paint("bar"),fill:paint(
"bar-soft"),width:1.5,points:{show:!1}}],cursor:{y:!1,drag:{x:!1,y:!1}},padding:[6,22,0,0],hooks:{draw:[plot=>this.thresholds().forEach(value3=>drawLine(plot,value3,
"line",!1))]}},[[],[]]),this.figure=element("figure",{},element("figcaption",{},this.title," ",this.words),this.chart.box)}show(load,times){this.load=load;let values=load.
values??[],known=values.filter(value3=>value3!==null),text2=value3=>measured(value3,load.fraction),lines=[...new Set(load.lines.map(line4=>line(line4,load.fraction)))].
join("; "),words=`${lines}${lines===""?"":": "}lowest ${text2(Math.min(...known))}, highest ${text2(Math.max(...known))}, last ${text2(known.at(-1))}`;setText(this.
title,load.metric),setText(this.words,words),this.chart.describe(`${load.metric} of the node over the last ${minutes} minutes: ${words}`),this.chart.plot.setData(
[times,values])}thresholds(){return(this.load?.lines??[]).map(threshold2).filter(value3=>value3!==void 0)}close(){this.chart.close(),this.figure.remove()}};var manyNodes=150;function rank(table,column){let found=[];for(let row of table.rows){let reading2=row.cells[column];typeof reading2?.value=="number"&&found.push(
{name:row.node.name,reading:reading2,value:reading2.value})}let lines=table.columns[column]?.lines??[],direction=lines.length>0&&lines.every(line4=>line4.below!==
void 0)?1:-1;return found.sort((a,b)=>direction*(a.value-b.value))}function summary(column,ranked){if(ranked.length===0)return"no values";let over=ranked.filter(
({reading:reading2,value:value3})=>isOver(reading2,value3)).length,lines=[...new Set(column.lines.map(line4=>line({...line4,clear:void 0},column.fraction)))],text2=at2=>measured(
ranked[at2]?.value,column.fraction),[first,last]=[text2(0),text2(ranked.length-1)],[highest,lowest]=(ranked[0]?.value??0)>=(ranked.at(-1)?.value??0)?[first,last]:
[last,first];return`${count(over)} of ${count(ranked.length)} ${lines.join(" or ")}; highest ${highest}, median ${text2(Math.floor(ranked.length/2))}, lowest ${lowest}`}
var RanksView=class{constructor(open){this.open=open}open;container=byId("node-ranks");charts=new Kept;show(table){let shown=table.columns.map((column,i)=>({column,
ranked:column.lines.length===0?[]:rank(table,i)})).filter(({ranked})=>ranked.length>0),before=new Set(this.shown),key2=one=>`${one.ranked.length>manyNodes?"many":
"few"} ${one.column.title}`;this.shown=this.charts.each(shown,key2,one=>new RankChart(one.ranked.length>manyNodes,one.column.fraction,this.open)),this.shown.forEach(
(chart,i)=>{before.delete(chart),chart.show(shown[i].column,shown[i].ranked)}),arrange(this.container,this.shown.map(chart=>chart.figure)),before.forEach(chart=>chart.
close())}shown=[]},RankChart=class{figure;title=element("strong");words=element("span");pointed=element("span",{class:"pointed"});chart;column;ranked=[];constructor(many,fraction2,open){
let bars2=uPlot.paths.bars?.({size:many?[1,1/0,5]:[.8,40]}),over={fill:paint("bad"),width:0,points:{show:!1},...bars2?{paths:bars2}:{}},all=many?{stroke:paint("\
bar"),fill:paint("bar-soft"),width:1.5,points:{show:!1}}:{...over,fill:paint("bar")};this.chart=new Chart({height:150,scales:{x:{time:!1,range:(_2,least,most)=>[
least-.5,most+.5]},y:{range:valueRange(fraction2,()=>this.thresholds())}},axes:[rankAxis(),valueAxis(fraction2)],series:[{},all,over],cursor:{y:!1,drag:{x:!1,y:!1},
points:{show:!1}},padding:[6,22,0,0],hooks:{draw:[plot=>this.thresholds().forEach(value3=>drawLine(plot,value3,"line",!1))],setCursor:[plot=>this.point(plot.cursor.
idx)]}},[[],[],[]]),this.chart.box.addEventListener("click",()=>{let found=this.ranked[this.chart.plot.cursor.idx??-1];found!==void 0&&open(found.name)}),this.figure=
element("figure",{class:"rank"},element("figcaption",{},this.title," ",this.words),this.chart.box,this.pointed)}show(column,ranked){this.column=column,this.ranked=
ranked;let words=summary(column,ranked);setText(this.title,column.title),setText(this.words,words),this.chart.describe(`${column.title} of all nodes by rank: ${words}`);
let over=ranked.map(({reading:reading2,value:value3})=>isOver(reading2,value3)?value3:null);this.chart.plot.setData([ranked.map((_2,i)=>i+1),ranked.map(({value:value3})=>value3),
over]),this.point(this.chart.plot.cursor.idx)}point(index){let found=typeof index=="number"?this.ranked[index]:void 0,text2=found===void 0||index===null||index===
void 0?"":`${count(index+1)}. ${found.name}: ${value(found.reading)}`;setText(this.pointed,text2)}thresholds(){return[...new Set((this.column?.lines??[]).map(threshold2))].
filter(value3=>value3!==void 0)}close(){this.chart.close(),this.figure.remove()}};var marks={Over:"▲",Expected:"△",Pending:"◔",NoData:"?",Undecided:"~",OK:"✓",Exempt:"○",Ungoverned:"·"},NodesView=class{name=byId("node-name");state=byId(
"node-state");ruleSet=byId("node-rule-set");ranks=new RanksView(node=>this.open(node));table;known;nodes;tabulated;constructor(get2){this.table=new Table({id:"n\
ode-table",caption:"Nodes",things:"nodes",columns:[],key:row=>row.node.name,level:row=>levelOf(row.state),open:row=>new NodeDetail(row.node.name,get2,()=>this.known)}),
byId("node-rows").append(this.table.element),this.name.addEventListener("input",()=>this.filter()),this.state.addEventListener("change",()=>this.filter()),this.
ruleSet.addEventListener("change",()=>this.filter()),byId("node-filter").addEventListener("submit",event=>event.preventDefault())}show(known){if(this.known=known,
known.nodes===void 0){setNotice(byId("node-empty"),known.unmeasured?"Nothing has been measured yet.":"");return}this.offerRuleSets(known.nodes.ruleSets.map(set=>set.
name));let chosen=this.ruleSet.value;(this.tabulated?.of!==known.nodes||this.tabulated.ruleSet!==chosen)&&(this.tabulated={of:known.nodes,ruleSet:chosen},this.nodes=
tabulate(known.nodes,chosen),this.offerStates(this.nodes),this.ranks.show(this.nodes),this.table.setColumns(this.columns(this.nodes))),this.drawRows()}filter(){
this.table.first(),this.known!==void 0&&this.show(this.known)}open(node){this.name.value="",this.state.value="",this.filter(),this.table.openRow(node)}drawRows(){
let nodes2=this.nodes,name=this.name.value.trim().toLowerCase(),state2=this.state.value,rows=nodes2.rows.filter(row=>(state2===""||row.state===state2)&&row.node.
name.toLowerCase().includes(name));this.table.show(rows);let empty="";nodes2.rows.length===0?empty="The scheduler knows of no nodes.":rows.length===0?empty="No \
node has this name and state.":nodes2.ruleSets.length===0&&(empty="No rule set is in force, so nodes have no lines. Rules, below, tells why."),setNotice(byId("n\
ode-empty"),empty);let filtered=rows.length!==nodes2.rows.length;setText(byId("node-count"),filtered?`${count(rows.length)} of ${counted(nodes2.rows.length,"nod\
e")}`:counted(rows.length,"node"))}offerRuleSets(names){let options=[["","all"],...names.map(name=>[name,name])];offer(this.ruleSet,options),setHidden(byId("nod\
e-rule-set-field"),names.length<2)}offerStates(nodes2){let counts2=counts(nodes2.rows),options=states.filter(([state2])=>(counts2.get(state2)??0)>0||state2===this.
state.value).map(([state2,name])=>[state2,`${name} (${count(counts2.get(state2)??0)})`]);offer(this.state,[["","any"],...options])}columns(nodes2){return[{title:"\
Node",class:"name",order:byName,draw:text(row=>row.node.name)},{title:"Headroom",class:"number",hint:"The distance to the nearest line, as a share of its thresh\
old, with what is expected of pods that are not measured yet",order:byUrgency,natural:!0,draw:text(row=>headroom(row.headroom))},{title:"State",class:"state say\
s",draw:(cell2,row)=>drawState(cell2,row,this.nodes)},...nodes2.columns.map((column,i)=>({title:column.title,class:"metric",order:byCell(i),descending:!0,draw:metricCell(
nodes2,i)})),{title:"Age",class:"number",hint:"The age of the oldest value",order:byAge,descending:!0,draw:text(row=>row.age===void 0?"-":seconds(row.age))}]}};
function levelOf(state2){return state2==="Over"?"alert":["Expected","Pending","NoData","Undecided"].includes(state2)?"notice":void 0}function drawState(cell2,row,nodes2){
cell2.firstElementChild===null&&cell2.append(element("span",{class:"mark","aria-hidden":"true"})," ",element("span")),setText(cell2.children[0],marks[row.state]??
"·"),setText(cell2.children[1],stateText(row.node,nodes2.ruleSets,nodes2.snapshot))}function offer(select,options){let chosen=select.value;if(!(select.options.
length===options.length&&options.every(([value3],i)=>select.options[i]?.value===value3))){select.replaceChildren(...options.map(([value3,name])=>element("option",
{value:value3},name))),select.value=options.some(([value3])=>value3===chosen)?chosen:"";return}options.forEach(([,name],i)=>setText(select.options[i],name))}function metricCell(nodes2,column){
let most=nodes2.columns[column].fraction?1:0;for(let{cells}of nodes2.rows){let reading2=cells[column];most=Math.max(most,reading2?.value??0,reading2?.projected??
0,reading2===void 0?0:threshold2(reading2)??0)}return(cell2,row)=>drawMetric(cell2,row.cells[column],most)}function drawMetric(cell2,reading2,most){if(cell2.firstElementChild===
null){let bar2=element("span",{class:"bar","aria-hidden":"true"},element("i",{class:"expected"}),element("i",{class:"value"}),element("i",{class:"line"}));cell2.
append(bar2,element("span",{class:"reading"}))}let[bar,words]=[cell2.children[0],cell2.children[1]];if(setText(words,reading2===void 0?"-":cellText(reading2)),setHidden(
bar,reading2===void 0),reading2===void 0)return;let share3=value4=>`${(100*Math.min(1,Math.max(0,(value4??0)/(most||1)))).toFixed(1)}%`,[expected,value3,line4]=[
...bar.children];expected.style.width=share3(reading2.projected),value3.style.width=share3(reading2.value);let at2=threshold2(reading2);setHidden(line4,at2===void 0),
line4.style.left=share3(at2),setAttribute(cell2,"data-over",isPast(reading2)?"true":void 0)}function isPast(reading2){let value3=reading2.value??reading2.projected??
0,{above,below,equals}=reading2;return above!==void 0&&value3>above||below!==void 0&&value3<below||equals!==void 0&&value3===equals}function cellText(reading2){
let measured3=measured(reading2.value,reading2.fraction),expected=measured(reading2.projected,reading2.fraction);return reading2.projected===void 0||reading2.value===
null&&reading2.projected===0||expected===measured3?value(reading2):`${value(reading2)}, ${expected} expected`}var RulesView=class{articles=new Kept;show(known){let{value:value3,failure}=known.standing,why2=failure??value3?.error,notices=[...why2===void 0?[]:[`How rule s\
ets stand could not be asked for: ${why2}`],...value3?.warnings??[]];if(setNotice(byId("rules-notice"),notices.join(`
`)),value3===void 0)return;let sets=value3.ruleSets.map(set=>measure(set,known.rules));setHidden(byId("rules-empty"),value3.ruleSets.length>0);let key2=set=>`${set.
configMap}/${set.key}`,shown=this.articles.each(sets,key2,()=>new Article);shown.forEach((article,i)=>article.show(sets[i],now(known))),arrange(byId("rule-list"),
shown.map(article=>article.element))}},Article=class{element=element("article",{class:"rule-set"});name=element("h3");state=element("span",{class:"badge"});error=element(
"p",{class:"error"});facts=element("dl",{class:"facts"});notes=element("ul",{class:"notes"});rules;constructor(){this.element.append(element("header",{},this.name,
this.state),this.error,this.facts)}show(set,now2){let name=set.name||"(no name)";setText(this.name,name),setText(this.state,state(set)),setAttribute(this.element,
"data-state",set.state),setAttribute(this.element,"data-level",set.state==="Refused"?"alert":set.state==="InForce"?"good":"notice"),setNotice(this.error,set.error??
""),setFacts(this.facts,facts2(set,now2)),this.showRules(set,name)}showRules(set,name){let rules=set.rules?.rules??[];if(this.rules===void 0){let titles=["Rule",
"Line","Effects","Over","Pending","Unknown","Refused","Eviction due"];this.rules=new PlainTable(`Rules of ${name}`,titles,!1),this.element.append(this.rules.element,
this.notes)}let number=count2=>set.measured?count(count2):"-";this.rules.show(rules.map(rule=>[rule.name,line2(rule),effects2(rule)||"none",number(rule.inForce),
number(rule.pending),number(rule.unknown),number(rule.refusing),number(rule.evictionDue)]));let notes2=set.measured?rules.flatMap(notes):[];for(setHidden(this.notes,
notes2.length===0);this.notes.children.length>notes2.length;)this.notes.lastElementChild?.remove();notes2.forEach((note,i)=>setText(this.notes.children[i]??this.
notes.appendChild(element("li")),note))}};function facts2(set,now2){let found=[],add=(name,text2)=>{text2!==""&&found.push([name,text2])},since=time2=>{let at2=milliseconds(
time2);return at2===void 0?"":`${lasting((now2-at2)/1e3)} ago`};if(add("Mode",mode(set)),add("Source",`key ${set.key} of ConfigMap ${set.configMap}`),add("Made",
since(set.created)),set.edited!==void 0&&add("Edited",`${since(set.edited.time)} by ${set.edited.manager} (${set.edited.operation})`),set.measured&&set.rules!==
void 0){let{nodes:nodes2,exempt=0,preferences=0,metrics}=set.rules;add("Nodes",count(nodes2)+(exempt>0?`, with ${count(exempt)} exempt, since nobody can measure\
 them`:"")),add("Ranks nodes",preferences>0?`by ${counted(preferences,"preference")}`:""),add("Metrics",metrics.map(metric=>metric.name+(metric.missing?` (missi\
ng on ${counted(metric.missing,"node")})`:"")).join(", "))}return found}function gather(edits,record,from,to){return[...edits.map(ofEdit),...ofEvictions(record)].filter(one=>(one.until??one.at)>=from&&one.at<=to).sort((a,b)=>b.at-a.
at||(a.key<b.key?-1:1))}function ofEdit(edit){let by=edit.by?` by ${edit.by}`:"",note=edit.note?`: ${edit.note}`:"";return{key:`edit ${edit.time} ${edit.ruleSet}\
 ${edit.what}`,lane:"rules",at:milliseconds(edit.time)??0,what:`Rule set ${edit.what.toLowerCase()}`,detail:edit.ruleSet+by+note,bad:edit.what==="Refused"}}function ofEvictions(record){
let found=(record?.records??[]).map(record2=>{let{before,after}={before:value2(record2,record2.before.value),after:value2(record2,record2.after)},values=record2.
after===void 0?before:`${before}, then ${after}`,detail=`${podName(record2.pod)} from ${record2.node} to ${destination(record2)}, by ${record2.rule.set}/${record2.
rule.rule}: ${record2.before.metric} ${values}`;return{key:`eviction ${key(record2)}`,lane:"evictions",at:at(record2),what:whatOf(outcome(record2),milliseconds(
record2.evicted)!==void 0),detail:record2.failed?`${detail}: ${record2.failed}`:detail,bad:!!record2.failed}}),breaker=record?.breaker,opened=milliseconds(breaker?.
opened);if(breaker!==void 0&&opened!==void 0){let until=milliseconds(breaker.until);found.push({key:`breaker ${breaker.opened}`,lane:"breaker",at:opened,...until===
void 0?{}:{until},what:"Breaker opened",detail:(until===void 0?"":`until ${clock(until)}: `)+breaker.why.message,bad:!0})}return found}function whatOf(outcome2,evicted){
switch(outcome2){case"NotEvicted":return"Eviction failed";case"DryRun":return"Would evict (dry run)";case"Observed":return"Would evict (only observed)";default:
return evicted?"Evicted":"Evicting"}}var lanes=["rules","evictions","breaker"],cursors="time",TimeView=class{range=byId("time-range");chosen=byId("time-load");moment=byId("time-moment");numbers=byId(
"time-numbers");numberTable=new PlainTable("Load and counts by time",["Time","Highest","90th percentile","Median","Lowest","Placed","Refused"],!1);events;counts;lane;load;loadIsFraction;timeline;happened=[];span=[
0,1];now=0;pointed;constructor(look){this.counts=this.countsChart(),this.lane=this.laneChart(),byId("time-counts-chart").append(this.counts.box),byId("time-even\
ts-chart").append(this.lane.box),this.events=new Table({id:"event-table",caption:"What happened",things:"events",key:event=>event.key,level:event=>event.bad?"no\
tice":void 0,columns:[{title:"Time",class:"time",draw:text(event=>moment(event.at,this.now))},{title:"What",class:"name says",draw:text(event=>event.what)},{title:"\
Detail",class:"wide",draw:text(event=>event.detail)}]}),byId("event-rows").append(this.events.element),byId("time-number-rows").append(this.numberTable.element),
byId("time-form").addEventListener("submit",event=>event.preventDefault()),this.range.addEventListener("change",look),this.chosen.addEventListener("change",()=>this.
draw()),this.numbers.addEventListener("toggle",()=>this.drawNumbers()),this.moment.addEventListener("input",()=>this.pointAt(Number(this.moment.value)))}minutes(){
return Number(this.range.value)}show(known){let{value:value3,failure}=known.timeline;setNotice(byId("time-notice"),failure===void 0?value3?.loadError?`Load is n\
ot known: ${value3.loadError}`:"":`History could not be asked for: ${failure}`);let empty=value3===void 0||value3.times.length===0;if(setHidden(byId("time-chart\
s"),empty),setHidden(byId("time-empty"),!empty||failure!==void 0),empty)return;this.now=now(known);let last=1e3*(value3.times.at(-1)??0),end=Math.max(last,this.
now);this.happened=gather(value3.edits,known.evictions.value,1e3*(value3.times[0]??0),end),this.events.show(this.happened),setHidden(byId("event-empty"),this.happened.
length>0);let changed=value3!==this.timeline;this.timeline=value3,this.span=[value3.times[0]??0,end/1e3],changed&&(this.offerLoads(value3.loads),this.moment.max=
String(value3.times.length-1),this.pointed===void 0&&(this.moment.value=this.moment.max)),this.draw()}offerLoads(loads){let names=loads.map(nameOf),before=this.
chosen.value;names.join(`
`)!==[...this.chosen.options].map(option=>option.value).join(`
`)&&(this.chosen.replaceChildren(...names.map(name=>element("option",{value:name},name))),this.chosen.value=names.includes(before)?before:nameOf(loads.find(load=>load.
lines.length>0)??loads[0])),setHidden(byId("time-load-field"),names.length===0)}draw(){let{timeline}=this;if(timeline===void 0)return;let{times,counts:counts2}=timeline;
this.drawLoad(this.loadOf(timeline),times),this.counts.plot.setData([times,counts2.placed,counts2.refused]),this.lane.plot.setData([times,times.map(()=>null)]);
let sum2=numbers=>numbers.reduce((all,number)=>all+(number??0),0);this.counts.describe(`Pods by time: ${count(sum2(counts2.placed))} placed, ${count(sum2(counts2.
refused))} attempts refused by load lines`),setText(byId("time-counts-words"),`${count(sum2(counts2.placed))} placed, ${count(sum2(counts2.refused))} attempts r\
efused`),this.lane.describe(`Events by time: ${counted(this.happened.length,"event")}, which are in the table below`),this.drawNumbers(),this.readOut()}loadOf(timeline){
return timeline.loads.find(load=>nameOf(load)===this.chosen.value)}drawLoad(load,times){if(setHidden(byId("time-load-figure"),load===void 0),load===void 0)return;
let fraction2=load.fraction??!1;(this.load===void 0||this.loadIsFraction!==fraction2)&&(this.load?.close(),this.load=this.loadChart(fraction2),this.loadIsFraction=
fraction2,byId("time-load-chart").append(this.load.box));let downwards=isDownwards(load),extreme=downwards?load.min:load.max,p90=downwards?void 0:load.p90;this.
load.plot.setData([times,extreme??[],p90??times.map(()=>null),load.median??[]]),setText(byId("legend-extreme"),downwards?"lowest":"highest"),setHidden(byId("leg\
end-p90-field"),p90===void 0);let lines=load.lines.map(line4=>`${line4.rule}: ${line(line4,fraction2)}`).join("; ");setText(byId("time-load-words"),lines===""?"\
no line":lines);let last=values=>measured(values?.findLast(value3=>value3!==null),fraction2);this.load.describe(`${nameOf(load)} of all nodes by time. Lines: ${lines||
"none"}. Last: highest ${last(load.max)}, 90th percentile ${last(load.p90)}, median ${last(load.median)}, lowest ${last(load.min)}`)}loadChart(fraction2){let lines=()=>this.
timeline===void 0?[]:this.loadOf(this.timeline)?.lines??[],thresholds=()=>lines().map(threshold2).filter(value3=>value3!==void 0),clears=()=>lines().map(line4=>line4.
clear).filter(value3=>value3!==void 0),series=(name,width,dash)=>({stroke:paint(name),width,points:{show:!1},...dash?{dash}:{}});return new Chart({...this.common(),
height:210,axes:[timeAxis(!1),valueAxis(fraction2)],scales:{x:this.xScale(),y:{range:valueRange(fraction2,thresholds)}},series:[{},series("bar",2),series("secon\
d",1.5,[6,3]),series("muted",1.5,[2,3])],hooks:{...this.common().hooks,drawClear:[plot=>this.drawEdits(plot)],draw:[plot=>{thresholds().forEach(value3=>drawLine(
plot,value3,"line",!1)),clears().forEach(value3=>drawLine(plot,value3,"line",!0))}]}},[[],[],[],[]])}countsChart(){let bars2=width=>uPlot.paths.bars?.({size:[width,
24],align:-1}),series=(name,width)=>{let paths=bars2(width);return{stroke:paint(name),fill:paint(name),width:0,points:{show:!1},...paths?{paths}:{}}};return new Chart(
{...this.common(),height:110,axes:[timeAxis(!1),valueAxis(!1)],scales:{x:this.xScale(),y:{range:(_2,__,most)=>[0,Math.max(4,(most??0)*1.1)]}},series:[{},series(
"bar",.9),series("bad",.45)],hooks:{...this.common().hooks,drawClear:[plot=>this.drawEdits(plot)]}},[[],[],[]])}laneChart(){return new Chart({...this.common(),height:116,
axes:[timeAxis(),laneAxis(lanes)],scales:{x:this.xScale(),y:{range:()=>[0,lanes.length]}},series:[{},{show:!1}],hooks:{...this.common().hooks,draw:[plot=>this.happened.
forEach(event=>drawEvent(plot,event))]}},[[],[]])}xScale(){return{time:!0,range:()=>this.span}}common(){return{padding:[8,8,0,0],cursor:{y:!1,drag:{x:!1,y:!1},points:{
show:!1},sync:{key:cursors}},hooks:{setCursor:[plot=>{let index=plot.cursor.idx??void 0;index!==this.pointed&&(this.pointed=index,this.readOut())}]}}}drawEdits(plot){
for(let{lane,at:at2}of this.happened){if(lane!=="rules")continue;let x=Math.round(plot.valToPos(at2/1e3,"x",!0))+.5,{ctx,bbox}=plot;ctx.save(),ctx.strokeStyle=colour(
"edit"),ctx.lineWidth=devicePixelRatio,ctx.setLineDash([3*devicePixelRatio,3*devicePixelRatio]),ctx.beginPath(),ctx.moveTo(x,bbox.top),ctx.lineTo(x,bbox.top+bbox.
height),ctx.stroke(),ctx.restore()}}pointAt(index){let time2=this.timeline?.times[index];if(time2!==void 0){for(let chart of[this.load,this.counts,this.lane])chart?.
plot.setCursor({left:chart.plot.valToPos(time2,"x"),top:10},!1);this.pointed=index,this.readOut()}}readOut(){let{timeline}=this;if(timeline===void 0)return;let index=this.
pointed??timeline.times.length-1,words=this.wordsAt(timeline,index);setText(byId("time-readout"),words),document.activeElement!==this.moment&&(this.moment.value=
String(index)),setAttribute(this.moment,"aria-valuetext",words)}wordsAt(timeline,index){let time2=timeline.times[index];if(time2===void 0)return"";let texts=[],
load=this.loadOf(timeline);if(load!==void 0){let value3=values=>measured(values?.[index],load.fraction);texts.push(isDownwards(load)?`${load.metric} lowest ${value3(
load.min)}, median ${value3(load.median)}`:`${load.metric} highest ${value3(load.max)}, 90th percentile ${value3(load.p90)}, median ${value3(load.median)}`)}let number=count2=>typeof count2==
"number"?count(count2):"-";texts.push(`${number(timeline.counts.placed[index])} placed, ${number(timeline.counts.refused[index])} refused`);let step=1e3*timeline.
stepSeconds,events=this.happened.filter(({at:at2})=>at2>1e3*time2-step&&at2<=1e3*time2);return events.length>0&&texts.push(events.length===1?`${events[0]?.what}\
: ${events[0]?.detail}`:counted(events.length,"event")),`${clock(1e3*time2)}: ${texts.join("; ")}`}drawNumbers(){let{timeline}=this;if(timeline===void 0||!this.
numbers.open)return;let load=this.loadOf(timeline),{placed,refused}=timeline.counts,rows=timeline.times.map((time2,i)=>[clock(1e3*time2),...[load?.max,load?.p90,
load?.median,load?.min].map(values=>measured(values?.[i],load?.fraction)),...[placed,refused].map(values=>typeof values[i]=="number"?count(values[i]):"-")]);this.
numberTable.show(rows.reverse())}};function nameOf(load){return load===void 0?"":`${load.ruleSet}/${load.metric}`}function isDownwards(load){return load.lines.length>
0&&load.lines.every(line4=>line4.below!==void 0)}function drawEvent(plot,event){let{ctx,bbox}=plot,size=5*devicePixelRatio,position=at2=>Math.min(bbox.left+bbox.
width,Math.max(bbox.left,plot.valToPos(at2/1e3,"x",!0))),x=position(event.at),y=plot.valToPos(lanes.length-lanes.indexOf(event.lane)-.5,"y",!0);if(ctx.save(),ctx.
lineWidth=1.5*devicePixelRatio,ctx.strokeStyle=ctx.fillStyle=colour(event.bad?"bad":event.lane==="rules"?"edit":"bar"),ctx.beginPath(),event.lane==="breaker"){let end=position(
event.until??event.at);ctx.fillRect(x,y-size/2,Math.max(size,end-x),size)}else event.bad&&event.lane==="evictions"?(ctx.moveTo(x-size,y-size),ctx.lineTo(x+size,
y+size),ctx.moveTo(x+size,y-size),ctx.lineTo(x-size,y+size),ctx.stroke()):((event.lane==="rules"?[[0,-1.2],[1.2,0],[0,1.2],[-1.2,0]]:[[-1,-.8],[1,-.8],[0,1]]).forEach(
([dx=0,dy=0])=>ctx.lineTo(x+size*dx,y+size*dy)),ctx.closePath(),event.what.startsWith("Would")?ctx.stroke():ctx.fill());ctx.restore()}function refuses(refusal){return!refusal.givenUp&&!refusal.suspended&&!refusal.observed}function ordered(decision2){return[...decision2.refusals??[]].sort((a,b)=>Number(
refuses(b))-Number(refuses(a))||b.nodes-a.nodes)}function statement(refusal,decision2){let rule=`${refusal.ruleSet}/${refusal.rule}`,number=`${count(refusal.nodes)}\
 of ${counted(decision2.nodes??0,"node")}`;return refusal.observed&&refusal.suspended?`${rule} would have refused none, since ${number} are over it, more than i\
ts maxNodes allows; its rule set only observes`:refusal.observed?`${rule} would have refused ${number}, but its rule set only observes`:refusal.suspended?`${rule}\
 refused none, since ${number} are over it, more than its maxNodes allows`:refusal.givenUp?`${rule} refused no more nodes, since the pod had waited for longer t\
han the rule's giveUpAfter; ${number} are over its line`:`${rule} refused ${number}`}function nodes(decision2){let all=decision2.nodes??0,refused=(decision2.refusals??
[]).filter(refuses).reduce((sum2,refusal)=>sum2+refusal.nodes,0);return all===0?"":decision2.outcome!=="Refused"?`load lines refused ${refused===0?"none":count(
refused)} of ${count(all)}`:refused===0?`load lines refused none of ${count(all)}: other plugins of the scheduler did`:refused<all?`load lines refused ${count(refused)}\
 of ${count(all)}, and other plugins of the scheduler the rest`:`load lines refused all of ${count(all)}`}function estimates(decision2){let texts=(decision2.estimates??
[]).map(estimate=>`${estimate.resource} ${amount(estimate.resource,estimate.amount)}`);return[...new Set(texts)].join(", ")}function summary2(pod){let{decision:decision2}=pod;
if(decision2===void 0)return"its decision is not remembered any more";let first=ordered(decision2)[0];if(first===void 0)return decision2.note??nodes(decision2);
let example=first.examples?.[0],reading2=example?.readings.find(reading3=>why(reading3)!=="")??example?.readings[0];return example===void 0||reading2===void 0?nodes(
decision2):`${nodes(decision2)}; the least over: ${example.node} with ${against2(reading2)}`}function against2(reading2){let withPod=reading2.projected===void 0?
"":`, ${measured(reading2.projected,reading2.fraction)} with the pod`;return`${reading2.metric} ${value(reading2)}${withPod}`}var WaitingView=class{now=0;table;constructor(){this.table=new Table({id:"waiting-table",caption:"Waiting pods",things:"pods",key:pod=>pod.uid,open:()=>new DecisionDetail,
columns:[{title:"Pod",class:"name",draw:text(pod=>`${pod.namespace}/${pod.pod}`)},{title:"Waits",class:"number",draw:text(pod=>this.since(pod.since))},{title:"R\
ules",class:"name",draw:text(pod=>pod.rules.map(({ruleSet,rule})=>`${ruleSet}/${rule}`).join(", ")||"-")},{title:"Why",class:"wide",draw:text(summary2)},{title:"\
Lines give up",class:"name",draw:text(pod=>this.giveUp(pod.giveUpAt))}]}),byId("waiting-rows").append(this.table.element)}show(known){let{value:value3,failure}=known.
waiting;if(setNotice(byId("waiting-notice"),failure===void 0?"":`Waiting pods could not be asked for: ${failure}`),value3===void 0)return;this.now=now(known),setHidden(
byId("waiting-empty"),value3.total>0),setText(byId("waiting-count"),counted(value3.total,"pod"));let more=value3.total>value3.pods.length;setNotice(byId("waitin\
g-total"),more?`These are the ${count(value3.pods.length)} of ${count(value3.total)} that have waited the longest.`:""),this.table.show(value3.pods)}since(time2){
let at2=milliseconds(time2);return at2===void 0?"-":lasting((this.now-at2)/1e3)}giveUp(time2){let at2=milliseconds(time2);return at2===void 0?"never":at2<=this.
now?"now":`in ${lasting((at2-this.now)/1e3)}`}},DecisionDetail=class{element=element("section",{class:"opened","aria-label":"Decision"});words=element("p");facts=element(
"dl",{class:"facts"});list=element("div");refusals=new Kept;constructor(){this.element.append(this.words,this.facts,this.list)}update(pod){let{decision:decision2}=pod;
if(setNotice(this.words,decision2===void 0?"The scheduler remembers its last decision on each of the last 1000 pods, and this one is not among them.":""),setHidden(
this.facts,decision2===void 0),decision2===void 0){this.list.replaceChildren();return}setFacts(this.facts,factsOf(decision2));let refusals=ordered(decision2),shown=this.
refusals.each(refusals,refusal=>`${refusal.ruleSet}/${refusal.rule}`,()=>new RefusalPart);shown.forEach((part,i)=>part.show(refusals[i],decision2)),arrange(this.
list,shown.map(part=>part.element))}close(){}};function factsOf(decision2){return[["Nodes",nodes(decision2)],["Estimate",estimates(decision2)],["Rule sets",(decision2.
ruleSets??[]).join(", ")],["Measured",moment(milliseconds(decision2.time)??0,Date.now())],["Note",decision2.note??""]].filter(([,text2])=>text2!=="")}var RefusalPart=class{element=element(
"div");statement=element("p",{class:"statement"});table=new PlainTable("Nodes that are the least over the line",["Node","Metric","Line","Measured","With pod","A\
ge","Why"],!1);shown=element("p",{class:"note"});constructor(){this.element.append(this.statement,this.table.element,this.shown)}show(refusal,decision2){setText(
this.statement,statement(refusal,decision2));let examples=refusal.examples??[];this.table.show(examples.flatMap(({node,readings})=>readings.map(reading2=>[node,
reading2.metric,line(reading2,reading2.fraction),measured(reading2.value,reading2.fraction),measured(reading2.projected,reading2.fraction),typeof reading2.value==
"number"?seconds(reading2.ageSeconds??0):"-",why(reading2)])));let least=refuses(refusal)?", those that are least over it":"";setNotice(this.shown,examples.length>
0&&examples.length<refusal.nodes?`Shown: ${examples.length} of ${count(refusal.nodes)}${least}`:"")}};var time=new TimeView(()=>watch.look()),banner=new BannerView,views=[banner,new NodesView(get),time,new RulesView,new WaitingView,new EvictionsView],watch=new Watch(
get,()=>time.minutes(),show);function show(known){for(let view of views)try{view.show(known)}catch(error){reportError(error)}}watch.start();window.setInterval(()=>{
document.hidden||banner.tick(watch.known)},1e3);
