// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/duration"

	"github.com/loadline-dev/loadline/pkg/cli/nodeview"
	"github.com/loadline-dev/loadline/pkg/explain"
	"github.com/loadline-dev/loadline/pkg/inspect"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// printLines prints what the node measures against each line.
func (s *shownView) printLines(out io.Writer) error {
	rows := [][]string{{"RULE", "METRIC", "LINE", "MEASURED", "EXPECTED", "AGE", "STATE"}}
	for i := range s.Node.RuleSets {
		on := &s.Node.RuleSets[i]
		for k := range on.Rules {
			set, rule := findRule(s.RuleSets, on.Name, on.Rules[k].Name)
			if rule == nil {
				continue
			}
			name, state := set.Name+"/"+rule.Name, s.ruleState(set, rule, &on.Rules[k])
			for _, line := range rule.Lines {
				reading := s.reading(set.Name, line)
				rows = append(rows, []string{name, line.Metric, lineText(line), reading.measured(), reading.projected(), s.age(reading), state})
				name, state = "", ""
			}
		}
	}
	if len(rows) == 1 {
		return nil
	}
	fmt.Fprintln(out)
	return printTable(out, rows)
}

// reading is a metric of the node beside a line.
func (s *shownView) reading(set string, line inspect.Line) shownReading {
	reading := &explain.Reading{Metric: line.Metric, Fraction: line.Fraction}
	if found := readingOf(s.Node, set, line.Metric); found != nil {
		reading.Value, reading.Projected, reading.AgeSeconds = found.Value, found.Projected, found.AgeSeconds
	}
	return shownReading{reading}
}

// age is that of a value by now.
func (s *shownView) age(reading shownReading) string {
	if reading.Value == nil {
		return "-"
	}
	return secondsText(reading.AgeSeconds + s.Snapshot.AgeSeconds)
}

// ruleState says what a rule comes to on the node, and does there.
func (s *shownView) ruleState(set *inspect.RuleSet, rule *inspect.Rule, on *inspect.NodeRule) string {
	held := ""
	if on.Since != nil {
		held = heldFor(s.Snapshot, *on.Since)
	}
	switch on.State {
	case verdict.InForce.String():
		return "over line for " + held + s.consequence(set, rule, on)
	case verdict.Pending.String():
		return fmt.Sprintf("past line for %s of the %s that it has to last", held, lastingText(rule.Effects.ForSeconds))
	case verdict.Unknown.String():
		return "no data" + s.consequence(set, rule, on)
	case verdict.Undecided.String():
		return "undecided: between the threshold and clear, and nothing is known of before"
	case notGoverned:
		return "not about this node"
	}
	if on.Refuses {
		return "over line with expected pods: refuses pods"
	}
	return on.State
}

func (s *shownView) consequence(set *inspect.RuleSet, rule *inspect.Rule, on *inspect.NodeRule) string {
	var texts []string
	switch {
	case set.Observed:
		return ": does nothing, since its rule set only observes"
	case on.Refuses:
		texts = append(texts, "refuses pods")
	case rule.Suspended:
		texts = append(texts, "refuses none, since more nodes are over it than its maxNodes allows")
	}
	switch {
	case on.EvictionDue:
		texts = append(texts, "eviction due")
	case rule.Effects.Evict != nil && on.Since != nil:
		texts = append(texts, "eviction due after "+lastingText(rule.Effects.Evict.ForSeconds))
	}
	if len(texts) == 0 {
		return ""
	}
	return ": " + strings.Join(texts, ", ")
}

// podMeasure is what pods are told by: what a metric measures of a resource.
type podMeasure struct {
	set, metric string
	resource    corev1.ResourceName
	capacity    float64
}

// measure chooses the metric of the line that is the nearest, among those that pods
// have shares of. The memory of the node, where there is none.
func (s *shownView) measure() podMeasure {
	chosen := podMeasure{resource: corev1.ResourceMemory}
	if s.Object != nil {
		chosen.capacity = s.Object.Status.Capacity.Memory().AsApproximateFloat64()
	}
	if s.Node == nil || !s.knowsUses() {
		return chosen
	}
	var least *float64
	for i := range s.Node.RuleSets {
		on := &s.Node.RuleSets[i]
		for k := range on.Rules {
			set, rule := findRule(s.RuleSets, on.Name, on.Rules[k].Name)
			headroom := on.Rules[k].Headroom
			if rule == nil || headroom == nil || least != nil && *least <= *headroom {
				continue
			}
			if found, ok := s.shared(set, rule); ok {
				chosen, least = found, headroom
			}
		}
	}
	return chosen
}

// shared is the first metric of a rule that pods have shares of.
func (s *shownView) shared(set *inspect.RuleSet, rule *inspect.Rule) (podMeasure, bool) {
	for _, line := range rule.Lines {
		at := slices.IndexFunc(set.Metrics, func(metric inspect.Metric) bool { return metric.Name == line.Metric })
		reading := readingOf(s.Node, set.Name, line.Metric)
		if at >= 0 && reading != nil && reading.Capacity > 0 && set.Metrics[at].Resource != "" {
			return podMeasure{set.Name, line.Metric, set.Metrics[at].Resource, reading.Capacity}, true
		}
	}
	return podMeasure{}, false
}

// knowsUses tells whether the scheduler knows what pods use.
func (s *shownView) knowsUses() bool {
	return slices.ContainsFunc(s.Pods, func(pod nodeview.Pod) bool { return len(pod.Uses) > 0 })
}

// used is what a pod uses, as far as it is known.
func (m podMeasure) used(pod *nodeview.Pod) *float64 {
	for i := range pod.Uses {
		if use := &pod.Uses[i]; use.RuleSet == m.set && use.Metric == m.metric {
			return &use.Amount
		}
	}
	if m.set == "" {
		return pod.Memory
	}
	return nil
}

// shownPods is the number of pods that are shown of many.
const shownPods = 10

// printPods prints the largest pods, and who of them would be moved.
func (s *shownView) printPods(out io.Writer) error {
	if why := s.Unknown[nodeview.PodsPart]; why != "" {
		fmt.Fprintf(out, "\nPods: not known: %s\n", why)
		return nil
	}
	by := s.measure()
	pods := slices.Clone(s.Pods)
	slices.SortStableFunc(pods, func(a, b nodeview.Pod) int {
		return cmp.Or(compareKnown(by.used(&b), by.used(&a)), cmp.Compare(b.Requests[by.resource], a.Requests[by.resource]),
			strings.Compare(a.Namespace+"/"+a.Name, b.Namespace+"/"+b.Name))
	})
	total := len(pods)
	if !s.all && total > shownPods {
		pods = pods[:shownPods]
	}
	fmt.Fprintf(out, "\nPods: %d%s\n", total, s.measuredBy(by))
	if total == 0 {
		return nil
	}
	fates, rows := s.fates(), [][]string{{"POD", "USES", "REQUESTS", "OF NODE", "EVICTION"}}
	for i := range pods {
		pod := &pods[i]
		row := []string{pod.Namespace + "/" + pod.Name, "-", amountOf(by.resource, pod.Requests[by.resource]), "-", cmp.Or(fates[pod.UID], "-")}
		if used := by.used(pod); used != nil {
			row[1] = amountOf(by.resource, *used)
			if by.capacity > 0 {
				share := *used / by.capacity
				row[3] = shownReading{&explain.Reading{Fraction: true, Value: &share}}.measured()
			}
		}
		rows = append(rows, row)
	}
	fmt.Fprintln(out)
	if err := printTable(out, rows); err != nil {
		return err
	}
	if len(pods) < total {
		fmt.Fprintf(out, "Shown: %d of %d, those that use the most; --all shows all\n", len(pods), total)
	}
	return nil
}

// compareKnown orders what is not known before what is.
func compareKnown(a, b *float64) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return -1
	case b == nil:
		return 1
	default:
		return cmp.Compare(*a, *b)
	}
}

func (s *shownView) measuredBy(by podMeasure) string {
	switch {
	case by.set != "":
		return fmt.Sprintf(", by %s of rule set %s, as the scheduler counts them", by.metric, by.set)
	case slices.ContainsFunc(s.Pods, func(pod nodeview.Pod) bool { return pod.Memory != nil }):
		return ", by memory, as the kubelet tells it: the scheduler measures pods on nodes that are near a line"
	case s.Unknown[nodeview.UsesPart] != "":
		return ", by what they request: what they use is not known: " + oneLine(s.Unknown[nodeview.UsesPart])
	default:
		return ", by what they request"
	}
}

func amountOf(resource corev1.ResourceName, amount float64) string {
	return amountText(explain.Estimate{Resource: resource, Amount: amount})
}

// fates are what the latest plan makes of pods, by UID.
func (s *shownView) fates() map[types.UID]string {
	fates := map[types.UID]string{}
	for _, planned := range s.Planned() {
		for _, passed := range planned.Passed {
			fates[passed.UID] = "stays: " + string(passed.Why.Code)
		}
	}
	if s.Planning == nil || s.Planning.Plan == nil {
		return fates
	}
	for i := range s.Planning.Plan.Evictions {
		if record := &s.Planning.Plan.Evictions[i]; record.Node == s.Name {
			fates[record.Pod.UID] = "goes, to " + record.Predicted.Destination
			if record.DryRun {
				fates[record.Pod.UID] = "would go, to " + record.Predicted.Destination
			}
		}
	}
	return fates
}

// printPlan says what the descheduler makes of the node, or why it does nothing.
func (s *shownView) printPlan(out io.Writer) error {
	var head heading
	if s.Planning == nil {
		head.add("Evictions", "not known: "+s.Unknown[nodeview.PlanPart])
	} else {
		head.add("Evictions", s.evictions())
		for _, planned := range s.Planned() {
			head.add("Plan", s.planText(&planned))
		}
		if left := s.Planning.Allowance; left != nil {
			head.add("Budgets", fmt.Sprintf("%s may be moved in the cluster now", count(left.Cluster, "more pod")))
		}
		head.add("Descheduler", s.Descheduler.From+leads(s.Descheduler))
	}
	fmt.Fprintln(out)
	return printTable(out, head)
}

// evictions says whether pods are moved at all, and off this node.
func (s *shownView) evictions() string {
	p := s.Planning
	dry := ""
	if p.DryRun {
		dry = "dry run, so nothing is evicted: "
	}
	switch {
	case p.EvictionsDisabled:
		return "none: they are disabled by the descheduler's configuration"
	case !p.Leading:
		return "not known: the replica that answers stands by"
	case p.Turn.IsZero():
		return dry + "nothing is decided yet"
	case p.Stopped != nil:
		return dry + "stopped: " + p.Stopped.String()
	case len(s.Planned()) > 0:
		return dry + "planned " + duration.HumanDuration(max(0, s.now.Sub(p.Turn))) + " ago"
	default:
		return "none: no rule asks to move pods off this node now"
	}
}

func (s *shownView) planText(planned *inspect.PlannedNode) string {
	rule := planned.Rule.Set + "/" + planned.Rule.Rule
	if planned.Held != nil {
		return fmt.Sprintf("%s: moves none: %s", rule, planned.Held)
	}
	going := 0
	for i := range s.Planning.Plan.Evictions {
		if record := &s.Planning.Plan.Evictions[i]; record.Node == s.Name && record.Rule == planned.Rule {
			going++
		}
	}
	value := func(number float64) string {
		return shownReading{&explain.Reading{Fraction: s.isFraction(planned), Value: &number}}.measured()
	}
	return fmt.Sprintf("%s: moves %s, to bring %s from %s to %s; the goal is %s",
		rule, count(going, "pod"), planned.Metric, value(planned.Value), value(planned.After), value(planned.Goal))
}

func (s *shownView) isFraction(planned *inspect.PlannedNode) bool {
	for i := range s.RuleSets {
		if s.RuleSets[i].Name == planned.Rule.Set {
			return fraction(&s.RuleSets[i], planned.Metric)
		}
	}
	return false
}

// printLedger prints the latest evictions from the node.
func (s *shownView) printLedger(out io.Writer) error {
	if s.Ledger == nil {
		fmt.Fprintf(out, "\nEarlier evictions: not known: %s\n", s.Unknown[nodeview.EvictionsPart])
		return nil
	}
	l := s.ledgerOf()
	if len(l.evictions) == 0 {
		fmt.Fprintln(out, "\nEarlier evictions: none from this node, as far as is written down")
		return nil
	}
	shown := l.evictions[:min(len(l.evictions), latestEvictions)]
	if s.all {
		shown = l.evictions
	}
	fmt.Fprintf(out, "\nEarlier evictions: %d of %d from this node\n\n", len(shown), len(l.evictions))
	wide := s.output == "wide"
	rows := [][]string{evictionHeader(wide)}
	for _, eviction := range shown {
		rows = append(rows, shownEviction{Eviction: eviction, shownLedger: l}.row(wide))
	}
	return printTable(out, rows)
}
