// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/prometheus/promql/parser"
	sigsyaml "sigs.k8s.io/yaml"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
)

const (
	// width is where comments are wrapped.
	width = 78
	// longQuery is the length above which a query is broken into lines.
	longQuery = 100
)

// writer writes YAML.
type writer struct {
	text   strings.Builder
	indent string
}

// in is the writer with everything that write writes indented.
func (w *writer) in(write func()) {
	before := w.indent
	w.indent += "  "
	write()
	w.indent = before
}

func (w *writer) line(format string, values ...any) {
	fmt.Fprintf(&w.text, w.indent+format+"\n", values...)
}

// comment writes sentences, of which empty ones are left out.
func (w *writer) comment(sentences ...string) {
	line := ""
	for _, word := range strings.Fields(strings.Join(sentences, " ")) {
		if line != "" && len(w.indent)+len("# ")+len(line)+len(" ")+len(word) > width {
			w.line("# %s", line)
			line = ""
		}
		line = strings.TrimPrefix(line+" "+word, " ")
	}
	if line != "" {
		w.line("# %s", line)
	}
}

// plain is a string as it can be written everywhere in YAML, with quotes only
// where it needs them.
func plain(text string) string {
	var read any
	err := sigsyaml.Unmarshal([]byte("- {a: "+text+"}"), &read)
	if items, ok := read.([]any); err == nil && ok && len(items) == 1 {
		if fields, ok := items[0].(map[string]any); ok && len(fields) == 1 && fields["a"] == text {
			return text
		}
	}
	return strconv.Quote(text)
}

// query writes PromQL, on several lines if it is long.
func (w *writer) query(text string) {
	expression, err := parser.NewParser(parser.Options{}).ParseExpr(text)
	if err != nil || len(text) <= longQuery {
		w.line("query: '%s'", strings.ReplaceAll(text, "'", "''"))
		return
	}
	w.line("query: |2-")
	w.in(func() {
		for line := range strings.SplitSeq(expression.Pretty(0), "\n") {
			w.line("%s", line)
		}
	})
}

func (c *conversion) configMap() string {
	w := &writer{}
	name, _ := c.names(0)
	w.line("apiVersion: v1")
	w.line("kind: ConfigMap")
	w.line("metadata:")
	w.line("  name: %s", plain(name))
	w.line("  namespace: %s", plain(c.Options.Namespace))
	w.line("  labels:")
	w.line("    %s: \"true\"", v1alpha1.RulesLabel)
	w.line("data:")
	for i, set := range c.sets {
		_, key := c.names(i)
		w.line("  %s: |", plain(key))
		w.in(func() { w.in(func() { c.writeSet(w, set, i) }) })
	}
	return w.text.String()
}

func (c *conversion) writeSet(w *writer, set *ruleSet, index int) {
	name, _ := c.names(index)
	c.writeHeader(w, index)
	w.line("apiVersion: %s", v1alpha1.SchemeGroupVersion)
	w.line("kind: RuleSet")
	w.line("metadata:")
	w.line("  name: %s", plain(name))
	w.line("spec:")
	w.in(func() {
		c.writeScope(w)
		set.writeMetrics(w)
		if len(set.lines) > 0 {
			w.line("rules:")
			set.writeLines(w)
		}
		set.writePreference(w)
	})
}

func (c *conversion) writeHeader(w *writer, index int) {
	from := fmt.Sprintf("the TASPolicy %s in the namespace %s.", c.policy.Name, c.namespace)
	if index > 0 {
		w.comment("More of", from, "Rules of it write one label with different values, and a rule set may write a label only once.")
		return
	}
	w.comment("Converted from", from, "The comments say where Loadline differs from Telemetry Aware Scheduling (TAS). DECIDE is where only you can know what is right.")
	if c.policy.Namespace == "" {
		w.comment("DECIDE: the policy named no namespace, so kubectl put it into the current one.")
	}
}

func (c *conversion) writeScope(w *writer) {
	if c.Observe {
		w.comment("Nothing is refused, ranked or changed yet. Without this line, or with Enforce, it is.")
		w.line("mode: %s", v1alpha1.Observe)
	}
	w.comment("The same pods as before, if they also have schedulerName: loadline-scheduler. They no longer need the resource telemetry/scheduling.")
	w.line("podSelector: {matchLabels: {telemetry-policy: %s}}", plain(c.policy.Name))
	w.line("namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: %s}}", plain(c.namespace))
}

func (s *ruleSet) writeMetrics(w *writer) {
	if s.adapter == nil {
		w.comment("TAS asked the custom metrics API for these names. The configuration of prometheus-adapter that it documents",
			"takes the prefix node_ off the names of series, so a query for a name without it looks for both. DECIDE: keep what",
			"you have, and if the metricsQuery of your adapter is more than the series itself, put that in its place.")
		w.line("#")
	}
	w.comment("Of several series on a node the greatest counts. Where there is no data, or only old data, no rule is broken;",
		"TAS went on with the last data that it had seen.")
	w.line("metrics:")
	for _, m := range s.metrics {
		w.comment(m.comment)
		w.line("- name: %s", plain(m.name))
		w.in(func() { w.query(m.query) })
		if m.nodeLabel != "" {
			w.line("  nodeLabel: %s", plain(m.nodeLabel))
		}
	}
}

func (s *ruleSet) writeLines(w *writer) {
	if s.inexact {
		w.comment("DECIDE: a number below is too great to be told from its neighbours, since values are floating point numbers.")
	}
	r := remarks{}
	for _, l := range s.lines {
		l.write(w, r)
	}
}

// remarks are what is said of an effect where it first occurs in a rule set.
type remarks map[string]bool

func (r remarks) about(effect string) string {
	if r[effect] {
		return ""
	}
	r[effect] = true
	switch effect {
	case "equals":
		return "TAS saw three decimals, so that 2.0004 equalled 2. Here it does not."
	case "reject":
		return "As in TAS, a pod waits for as long as all nodes are over a line. DECIDE: with reject: {maxNodes: 50%, giveUpAfter: 5m} a cluster that is hot as a whole does not come to a stop."
	case "evict":
		return "TAS itself only put the label below on the node, for another descheduler to evict all pods whose node affinity excludes it. " +
			"Loadline's descheduler moves all pods of this rule set that fit elsewhere, as its budgets allow: stop the other one before it acts. " +
			"DECIDE: with evict: {for: 5m, all: true} a single measurement evicts nothing, with step: 1 in the place of all: true pods go one by one while the rule holds, " +
			"and with reject: {} new pods stay away without any node affinity."
	default:
		return "Loadline's descheduler puts labels on nodes and takes them off. The keys are those of TAS."
	}
}

func (l *line) write(w *writer, r remarks) {
	for _, origin := range l.origins {
		w.comment(origin)
	}
	w.line("- name: %s", plain(l.name))
	w.in(func() {
		w.line("when:")
		for _, c := range l.conditions {
			if c.operator == operators[equals] && !c.metric.derived {
				w.comment(r.about("equals"))
			}
			w.line("- {metric: %s, %s: %d}", plain(c.metric.name), c.operator, c.value)
		}
		if l.reject {
			w.comment(r.about("reject"))
			w.line("reject: {}")
		}
		if l.evict {
			w.comment(r.about("evict"))
			w.line("evict: {all: true}")
		}
		if len(l.labels) > 0 {
			w.comment(r.about("labels"))
			w.line("labels:")
		}
		for _, key := range slices.Sorted(maps.Keys(l.labels)) {
			w.line("  %s: %s", plain(key), plain(l.labels[key]))
		}
	})
}

func (s *ruleSet) writePreference(w *writer) {
	if s.unranked != nil {
		w.comment(scheduleonmetric+": "+s.unranked.String()+".", "TAS ranks by LessThan and GreaterThan only, so nodes are not ranked.",
			"DECIDE: with a preference, and its metric above, those nearest to a value come first:")
		w.comment(fmt.Sprintf("preferences: [{metric: %s, near: %d}]", s.unranked.MetricName, s.unranked.Target.value))
	}
	if s.preference == nil {
		return
	}
	w.comment(scheduleonmetric + ": TAS gives 10 points to the best node, 9 to the next, and so on, however far they are from each other. Here scores keep the distances between the values.")
	for _, r := range s.leftOut {
		w.comment("Left out, since TAS takes the first rule alone:", r.MetricName, r.Operator)
	}
	w.line("preferences:")
	w.line("- {metric: %s, prefer: %s}", plain(s.preference.metric.name), s.preference.prefer)
}
