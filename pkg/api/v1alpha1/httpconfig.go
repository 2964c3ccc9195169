// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/prometheus/common/config"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// HTTPConfig are the settings of an HTTP client in Prometheus' own format, the
// <http_config> of its documentation: basic_auth, authorization, oauth2,
// tls_config, http_headers, proxy_url and so on. Secrets are given by files
// alone, which are read again when they change, so that none is in the
// scheduler's configuration.
//
// Like Duration it decodes from anything, and validation reports what is wrong,
// together with the path of the field.
//
// +k8s:deepcopy-gen=false
type HTTPConfig struct {
	text  []byte // JSON
	value *config.HTTPClientConfig
	err   error
}

// Value is the configuration as Prometheus' libraries know it, to be read only.
// Their default for a nil HTTPConfig.
func (h *HTTPConfig) Value() *config.HTTPClientConfig {
	if h == nil {
		value := config.DefaultHTTPClientConfig
		return &value
	}
	return h.value
}

// DeepCopy returns a copy.
func (h *HTTPConfig) DeepCopy() *HTTPConfig {
	if h == nil {
		return nil
	}
	out := *h // what it points to never changes
	return &out
}

// MarshalJSON writes the configuration as it was read.
func (h HTTPConfig) MarshalJSON() ([]byte, error) {
	if h.text == nil {
		return []byte("{}"), nil
	}
	return h.text, nil
}

// UnmarshalJSON reads a JSON object.
func (h *HTTPConfig) UnmarshalJSON(data []byte) error {
	h.text = bytes.Clone(data)
	// JSON is YAML, which is what these settings are strictly decoded from.
	h.value, h.err = config.LoadHTTPConfig(string(data))
	return nil
}

// validateHTTPConfig accepts nil, which stands for the default.
func validateHTTPConfig(httpConfig *HTTPConfig, path *field.Path) field.ErrorList {
	if httpConfig == nil {
		return nil
	}
	var content any
	if err := json.Unmarshal(httpConfig.text, &content); err != nil {
		return field.ErrorList{field.Invalid(path, field.OmitValueType{}, err.Error())}
	}
	errs := inlineSecrets(content, path)
	// The decoder's message could repeat a secret that is where it should not be.
	if httpConfig.err != nil && len(errs) == 0 {
		errs = append(errs, field.Invalid(path, field.OmitValueType{}, decodingFault(httpConfig.err).Error()))
	}
	return errs
}

// decodingFault leaves out what the YAML decoder says of lines, of which JSON
// has only one, and of Go types.
func decodingFault(err error) error {
	var faults []string
	for line := range strings.Lines(strings.TrimPrefix(err.Error(), "yaml: unmarshal errors:\n")) {
		line = strings.TrimPrefix(strings.TrimSpace(line), "line 1: ")
		faults = append(faults, strings.TrimSuffix(line, " in type config.plain"))
	}
	return errors.New(strings.Join(faults, "; "))
}

// instead names, by the field that holds a secret, the one that holds the path
// of a file with it. Empty if there is none.
var instead = map[string]string{
	"password":               "password_file",
	"credentials":            "credentials_file",
	"bearer_token":           "bearer_token_file",
	"client_secret":          "client_secret_file",
	"client_certificate_key": "client_certificate_key_file",
	"key":                    "key_file",
	"secrets":                "files",
	"proxy_connect_header":   "",
}

// inlineSecrets are errors about the secrets in a configuration.
func inlineSecrets(content any, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	switch content := content.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(content)) {
			_, object := content[name].(map[string]any) // such as a header of that name
			if file, secret := instead[name]; secret && !(object && file != "") {
				errs = append(errs, field.Forbidden(path.Child(name), noSecret(file)))
			} else {
				errs = append(errs, inlineSecrets(content[name], path.Child(name))...)
			}
		}
	case string:
		if parsed, err := url.Parse(content); err == nil && parsed.User != nil {
			errs = append(errs, field.Forbidden(path, noSecret("")))
		}
	}
	return errs
}

func noSecret(file string) string {
	message := "a secret may not be in this file"
	if file != "" {
		message += fmt.Sprintf(": use %s", file)
	}
	return message
}
