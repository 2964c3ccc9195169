// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package lint

import (
	"github.com/prometheus/common/model"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/telemetry"
)

// leastBand is how far below its threshold a fraction should have fallen when
// evictions end: less is gone as soon as the pods that are left breathe.
const leastBand = 0.02

// rounding is what two percentages may differ by without having been written so.
const rounding = 1e-9

// checkEvict looks at what a rule says of running pods.
func (c *checker) checkEvict(rule *v1alpha1.Rule, path *field.Path) {
	evict := rule.Evict
	c.used.Insert(evict.OrderBy)
	if rule.For == nil && evict.For == nil {
		c.warn(path.Child("evict"), "has no for: a single measurement evicts pods (5m is a good start)")
	} else {
		c.checkLasting(rule, path.Child("evict"))
	}
	if rule.Reject == nil {
		c.warn(path.Child("evict"), "evicts and does not reject: new pods may come to the node that others are evicted from")
	}
	switch {
	case evict.Order != "":
		for i := range rule.When {
			c.checkBand(&rule.When[i], path.Child("when").Index(i))
		}
		c.checkShares(rule, path.Child("evict", "order"))
	case evict.Step != nil && c.drains(rule):
		c.warn(path.Child("evict"), "evicts from nodes that are below a line: each pod that goes takes them further below, until none is left")
	}
}

// checkLasting finds rules that hold for a mean over a time longer than they wait,
// which may be high for what was over before.
func (c *checker) checkLasting(rule *v1alpha1.Rule, path *field.Path) {
	lasting := max(rule.For.Value(), rule.Evict.For.Value())
	if rule.Evict.For != nil {
		path = path.Child("for")
	}
	for _, condition := range rule.When {
		metric := c.metrics[condition.Metric]
		if window := telemetry.WindowFor(*metric, metric.Query, 0).Length; lasting < window {
			c.warn(path, "waits for less than the window of %q (%s): pods may be evicted for a load that has passed", metric.Name, model.Duration(window))
			return
		}
	}
}

// checkBand finds conditions by which evictions end where they begin.
func (c *checker) checkBand(condition *v1alpha1.Condition, path *field.Path) {
	above, limit := condition.Above, condition.Clear
	if above == nil || above.Value() > 1 || c.metrics[condition.Metric].PodResource() == "" {
		return
	}
	const consequence = "evictions end right at the line, and the next rise begins them anew (5 percentage points are a good start)"
	switch {
	case limit == nil:
		c.warn(path, "has no clear: "+consequence)
	case above.Value()-limit.Value() < leastBand-rounding:
		c.warn(path.Child("clear"), "is hardly below %s: "+consequence, above)
	}
}

// drains tells whether the rule holds for nodes on which pods use too little, so
// that moving any makes it hold all the more.
func (c *checker) drains(rule *v1alpha1.Rule) bool {
	for _, condition := range rule.When {
		if condition.Below == nil || c.metrics[condition.Metric].PodResource() == "" {
			return false
		}
	}
	return true
}

// checkShares finds rules that would choose pods by what these use of metrics of
// which nothing tells that.
func (c *checker) checkShares(rule *v1alpha1.Rule, path *field.Path) {
	for _, condition := range rule.When {
		metric := c.metrics[condition.Metric]
		if condition.Above != nil && metric.PodResource() != "" && (metric.Builtin != "" || metric.PerPod != nil) {
			return
		}
	}
	c.warn(path, "chooses pods by what they use, which nothing tells: give the metric a perPod, or nothing is ever moved")
}
