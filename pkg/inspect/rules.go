// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package inspect

import (
	"fmt"
	"net/http"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/loadline-dev/loadline/pkg/verdict"
)

// RulesPath answers with Rules. The parameter "ruleSet", once or more, leaves only
// the rule sets of these names.
const RulesPath = "/v1/rules"

// Rules are the rule sets in force, and what they come to.
type Rules struct {
	Snapshot Snapshot  `json:"snapshot"`
	RuleSets []RuleSet `json:"ruleSets"`
}

// RuleSet is what one rule set comes to.
type RuleSet struct {
	Name string `json:"name"`
	// Observed tells that the rule set only observes.
	Observed bool `json:"observed,omitempty"`
	// Nodes is the number of nodes that the rule set is about, and Exempt of those
	// among them that nobody can measure.
	Nodes  int `json:"nodes"`
	Exempt int `json:"exempt,omitempty"`
	// Preferences is the number of its preferences.
	Preferences int      `json:"preferences,omitempty"`
	Metrics     []Metric `json:"metrics"`
	Rules       []Rule   `json:"rules"`
}

// Metric is on how many nodes a metric is known.
type Metric struct {
	Name string `json:"name"`
	// Fraction tells that the metric runs from 0 to 1: 0.9 is 90%.
	Fraction bool `json:"fraction,omitempty"`
	// Resource is what the metric is a fraction of, where pods have shares of it that
	// are known.
	Resource corev1.ResourceName `json:"resource,omitempty"`
	// Known and Missing are numbers of nodes, without those that are exempt.
	Known   int `json:"known"`
	Missing int `json:"missing,omitempty"`
	// OldestSeconds is the age of the oldest value that counts.
	OldestSeconds float64 `json:"oldestSeconds,omitempty"`
}

// Rule is what one rule comes to, in numbers of nodes.
type Rule struct {
	Name string `json:"name"`
	// Lines are its conditions, which all have to hold.
	Lines   []Line  `json:"lines"`
	Effects Effects `json:"effects"`
	// Nodes is the number of nodes that the rule is about: it is not about one that
	// cannot be measured.
	Nodes int `json:"nodes"`
	// InForce, Pending (the conditions hold, not for long enough yet), Undecided
	// (within the band, and nothing is known of before) and Unknown (a metric is
	// missing) are in how many of them the rule is in that state.
	InForce   int `json:"inForce"`
	Pending   int `json:"pending"`
	Undecided int `json:"undecided"`
	Unknown   int `json:"unknown"`
	// Refusing is how many of them the rule keeps new pods off, whatever the pod.
	Refusing int `json:"refusing"`
	// EvictionDue is off how many of them pods are to be moved.
	EvictionDue int `json:"evictionDue"`
	// Suspended tells that more nodes are over the line than reject.maxNodes allows, so
	// that none is refused, and Untainted the same of taint.maxNodes.
	Suspended bool `json:"suspended,omitempty"`
	Untainted bool `json:"untainted,omitempty"`
}

// Line is what a metric is compared with.
type Line struct {
	Metric string `json:"metric"`
	// Fraction is as in Metric.
	Fraction bool `json:"fraction,omitempty"`
	// One of Above, Below and Equals is set, and Clear where there is a band.
	Above  *float64 `json:"above,omitempty"`
	Below  *float64 `json:"below,omitempty"`
	Equals *float64 `json:"equals,omitempty"`
	Clear  *float64 `json:"clear,omitempty"`
}

// Effects are what follows where a rule is in force.
type Effects struct {
	// ForSeconds is how long its conditions must have held.
	ForSeconds float64 `json:"forSeconds,omitempty"`
	Reject     *Reject `json:"reject,omitempty"`
	Evict      *Evict  `json:"evict,omitempty"`
	Taint      *Taint  `json:"taint,omitempty"`
	// Labels are put on the nodes.
	Labels map[string]string `json:"labels,omitempty"`
}

// Reject keeps new pods off.
type Reject struct {
	// MaxNodes is the greatest share of the nodes that is refused: 1 for no limit.
	MaxNodes float64 `json:"maxNodes"`
	// GiveUpAfterSeconds is how long a pod is kept waiting. Absent: for ever.
	GiveUpAfterSeconds float64 `json:"giveUpAfterSeconds,omitempty"`
	// Missing tells that nodes without data are refused, too.
	Missing bool `json:"missing,omitempty"`
}

// Evict moves pods.
type Evict struct {
	// ForSeconds is how long the conditions must have held.
	ForSeconds float64 `json:"forSeconds"`
}

// Taint is put on nodes.
type Taint struct {
	// Taint is as kubectl writes it: key=value:effect.
	Taint string `json:"taint"`
	// MaxNodes is the greatest share of the nodes that is tainted: 1 for no limit.
	MaxNodes float64 `json:"maxNodes"`
}

func serveRules(w http.ResponseWriter, r *http.Request, judged *judgement) {
	rules := Rules{Snapshot: judged.shown, RuleSets: []RuleSet{}}
	for _, set := range judged.sets(r) {
		rules.RuleSets = append(rules.RuleSets, judged.ruleSet(set))
	}
	Answer(w, r, rules)
}

// Unjudged is a rule set as it would be served if there were no nodes: what its rules
// are, and nothing of what they come to.
func Unjudged(set *verdict.Set) RuleSet {
	judged := &judgement{Snapshot: verdict.Evaluate(verdict.Input{Sets: []*verdict.Set{set}})}
	return judged.ruleSet(judged.Sets[0])
}

// sets are the rule sets that are asked for.
func (j *judgement) sets(r *http.Request) []*verdict.SetVerdict {
	names := r.URL.Query()["ruleSet"]
	if len(names) == 0 {
		return j.Sets
	}
	var sets []*verdict.SetVerdict
	for _, set := range j.Sets {
		if slices.Contains(names, set.Name) {
			sets = append(sets, set)
		}
	}
	return sets
}

func (j *judgement) ruleSet(set *verdict.SetVerdict) RuleSet {
	shown := RuleSet{Name: set.Name, Observed: set.Observes(), Preferences: set.Preferences(), Metrics: j.metrics(set), Rules: []Rule{}}
	for node := range j.Nodes() {
		if !set.Governs(node) {
			continue
		}
		shown.Nodes++
		if set.Exempt(node) {
			shown.Exempt++
		}
	}
	for _, rule := range set.Rules {
		shown.Rules = append(shown.Rules, j.rule(rule))
	}
	return shown
}

func (j *judgement) metrics(set *verdict.SetVerdict) []Metric {
	metrics := []Metric{}
	for _, coverage := range set.Coverage() {
		metric := Metric{Name: coverage.Metric.Metric, Known: coverage.Known, Missing: coverage.Missing, Fraction: set.Fraction(coverage.Metric.Metric)}
		if !coverage.Oldest.IsZero() {
			metric.OldestSeconds = max(0, j.Time.Sub(coverage.Oldest).Seconds())
		}
		if usage, known := set.Usage(metric.Name); known {
			metric.Resource = j.resource(usage)
		}
		metrics = append(metrics, metric)
	}
	return metrics
}

// resource is that of a usage. Empty where it is not known.
func (j *judgement) resource(usage int) corev1.ResourceName {
	if resources := j.Pending.Resources(); usage < len(resources) {
		return resources[usage]
	}
	return ""
}

func (j *judgement) rule(rule *verdict.RuleVerdict) Rule {
	shown := Rule{
		Name: rule.Key.Rule, Lines: linesOf(rule), Effects: effectsOf(rule),
		Refusing: rule.Refusing, Suspended: rule.Rejects() && rule.Suspended, Untainted: rule.Untainted(),
	}
	for node := range j.Nodes() {
		state := rule.State(node)
		if state == verdict.NotGoverned {
			continue
		}
		shown.Nodes++
		switch state {
		case verdict.InForce:
			shown.InForce++
		case verdict.Pending:
			shown.Pending++
		case verdict.Undecided:
			shown.Undecided++
		case verdict.Unknown:
			shown.Unknown++
		}
		if rule.EvictionDue(node) {
			shown.EvictionDue++
		}
	}
	return shown
}

func linesOf(rule *verdict.RuleVerdict) []Line {
	var lines []Line
	for _, line := range rule.Lines() {
		lines = append(lines, Line{
			Metric: line.Metric, Fraction: line.Fraction, Above: line.Above, Below: line.Below, Equals: line.Equals, Clear: line.Clear,
		})
	}
	return lines
}

func effectsOf(rule *verdict.RuleVerdict) Effects {
	of := rule.Effects()
	effects := Effects{ForSeconds: of.For.Seconds(), Labels: of.Labels}
	if of.Rejects {
		effects.Reject = &Reject{MaxNodes: of.MaxRejected, GiveUpAfterSeconds: rule.GiveUpAfter.Seconds(), Missing: of.RejectsMissing}
	}
	if of.Evicts {
		effects.Evict = &Evict{ForSeconds: of.EvictAfter.Seconds()}
	}
	if of.Taint != nil {
		effects.Taint = &Taint{Taint: taintText(of.Taint), MaxNodes: of.MaxTainted}
	}
	return effects
}

// taintText is a taint as kubectl writes it.
func taintText(taint *corev1.Taint) string {
	if taint.Value == "" {
		return fmt.Sprintf("%s:%s", taint.Key, taint.Effect)
	}
	return fmt.Sprintf("%s=%s:%s", taint.Key, taint.Value, taint.Effect)
}
