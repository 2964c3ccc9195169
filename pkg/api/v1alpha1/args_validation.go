// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	"fmt"
	"maps"
	"net/url"
	"slices"

	"github.com/prometheus/common/model"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// minDataSize, in bytes, is room for the samples that no rule can do without.
const minDataSize = 64 << 20

// addressTypes are what an address of a node can be.
func addressTypes() []corev1.NodeAddressType {
	return []corev1.NodeAddressType{corev1.NodeInternalIP, corev1.NodeExternalIP, corev1.NodeInternalDNS, corev1.NodeExternalDNS, corev1.NodeHostName}
}

// ValidateLoadlineArgs checks arguments whose defaults are filled in.
func ValidateLoadlineArgs(args *LoadlineArgs) field.ErrorList {
	errs := validateName(args.RulesNamespace, validation.IsDNS1123Label, field.NewPath("rulesNamespace"))
	errs = append(errs, validateTelemetry(&args.Telemetry, field.NewPath("telemetry"))...)
	return append(errs, validateEstimates(&args.Estimates, field.NewPath("estimates"))...)
}

func validateEstimates(estimates *Estimates, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if factor := estimates.RequestFactor; factor != nil {
		errs = append(errs, validateThreshold(factor, path.Child("requestFactor"))...)
		if len(errs) == 0 && factor.Value() < 0 {
			errs = append(errs, field.Invalid(path.Child("requestFactor"), factor.String(), "must not be negative"))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(estimates.Defaults)) {
		amount, at := estimates.Defaults[name], path.Child("defaults").Key(string(name))
		errs = append(errs, validateName(string(name), validation.IsQualifiedName, at)...)
		if amount.Sign() < 0 {
			errs = append(errs, field.Invalid(at, amount.String(), "must not be negative"))
		}
	}
	return errs
}

func validateTelemetry(telemetry *Telemetry, path *field.Path) field.ErrorList {
	errs := ValidateInterval(telemetry.Interval, path.Child("interval"))
	if telemetry.Embedded != nil && telemetry.Prometheus != nil {
		errs = append(errs, field.Forbidden(path.Child("prometheus"), "may not be given together with embedded"))
	}
	if telemetry.Embedded != nil {
		errs = append(errs, validateEmbedded(telemetry.Embedded, path.Child("embedded"))...)
	}
	if telemetry.Prometheus != nil {
		errs = append(errs, validatePrometheus(telemetry.Prometheus, telemetry.Interval, path.Child("prometheus"))...)
	}
	return append(errs, ValidateOverrides(telemetry.Builtins, path.Child("builtins"))...)
}

func validateEmbedded(embedded *Embedded, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if size := embedded.MaxSize; size != nil && size.CmpInt64(minDataSize) < 0 {
		errs = append(errs, field.Invalid(path.Child("maxSize"), size.String(), "must be at least 64Mi"))
	}
	if embedded.MaxSeries != nil {
		errs = append(errs, validatePositive(*embedded.MaxSeries, path.Child("maxSeries"))...)
	}
	if embedded.MetricsAPI != nil {
		return append(errs, validateNoKubelets(&embedded.Kubelets, path.Child("kubelets"))...)
	}
	return append(errs, validateKubelets(&embedded.Kubelets, path.Child("kubelets"))...)
}

func validateNoKubelets(kubelets *Kubelets, path *field.Path) field.ErrorList {
	if equality.Semantic.DeepEqual(kubelets, &Kubelets{}) {
		return nil
	}
	return field.ErrorList{field.Forbidden(path, "may not be given together with metricsAPI, which is asked in place of the kubelets")}
}

func validateKubelets(kubelets *Kubelets, path *field.Path) field.ErrorList {
	errs := validateName(kubelets.ServiceAccount, validation.IsDNS1123Subdomain, path.Child("serviceAccount"))
	for i, kind := range kubelets.AddressTypes {
		errs = append(errs, validateChoice(kind, addressTypes(), path.Child("addressTypes").Index(i))...)
	}
	if limit := kubelets.MaxSeriesPerNode; limit != nil {
		errs = append(errs, validatePositive(int64(*limit), path.Child("maxSeriesPerNode"))...)
	}
	if kubelets.InsecureSkipVerify && kubelets.CAFile != "" {
		errs = append(errs, field.Forbidden(path.Child("caFile"), "may not be given together with insecureSkipVerify"))
	}
	return errs
}

func validatePositive(value int64, path *field.Path) field.ErrorList {
	if value > 0 {
		return nil
	}
	return field.ErrorList{field.Invalid(path, value, "must be greater than zero")}
}

func validatePrometheus(prometheus *Prometheus, interval *Duration, path *field.Path) field.ErrorList {
	errs := validateURL(prometheus.URL, path.Child("url"))
	errs = append(errs, validateHTTPConfig(prometheus.HTTPConfig, path.Child("httpConfig"))...)
	errs = append(errs, validateMatchers(prometheus.Matchers, path.Child("matchers"))...)
	return append(errs, validateTimeout(prometheus.Timeout, interval, path.Child("timeout"))...)
}

// validateURL does not repeat a bad URL, which may hold a password.
func validateURL(text string, path *field.Path) field.ErrorList {
	if text == "" {
		return field.ErrorList{field.Required(path, "")}
	}
	parsed, err := url.Parse(text)
	switch {
	case err != nil:
		return field.ErrorList{field.Invalid(path, field.OmitValueType{}, "is not a URL")}
	case parsed.User != nil:
		return field.ErrorList{field.Forbidden(path, "may not hold credentials: give them in httpConfig, by files")}
	case (parsed.Scheme != "http" && parsed.Scheme != "https") || parsed.Hostname() == "":
		return field.ErrorList{field.Invalid(path, field.OmitValueType{}, "must be an http or https URL, such as https://prometheus.monitoring:9090")}
	case parsed.RawQuery != "" || parsed.Fragment != "":
		return field.ErrorList{field.Invalid(path, field.OmitValueType{}, "must be the base of the API, without a query or a fragment")}
	}
	return nil
}

func validateMatchers(matchers map[string]string, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	for _, label := range slices.Sorted(maps.Keys(matchers)) {
		switch {
		case !model.UTF8Validation.IsValidLabelName(label):
			errs = append(errs, field.Invalid(path.Key(label), label, "is not the name of a Prometheus label"))
		case label == model.MetricNameLabel:
			errs = append(errs, field.Forbidden(path.Key(label), "each selector of a query has its own metric name"))
		}
	}
	return errs
}

func validateTimeout(timeout, interval *Duration, path *field.Path) field.ErrorList {
	errs := validateDuration(timeout, path)
	if len(errs) == 0 && timeout.Value() > interval.Value() && interval.err == nil {
		errs = append(errs, field.Invalid(path, timeout.String(),
			fmt.Sprintf("must not be longer than the interval (%s): the next round would wait for it", interval)))
	}
	return errs
}

// ValidateOverrides checks the PromQL that stands in for built-in metrics.
func ValidateOverrides(overrides map[Builtin]string, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	for _, name := range slices.Sorted(maps.Keys(overrides)) {
		at := path.Key(string(name))
		errs = append(errs, validateChoice(name, Builtins(), at)...)
		errs = append(errs, validateQuery(overrides[name], at)...)
	}
	return errs
}
