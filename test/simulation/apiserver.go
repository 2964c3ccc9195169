// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package simulation

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

// Client is a client of the cluster's API server, which knows pods and evictions.
func (c *Cluster) Client() (kubernetes.Interface, error) {
	client, err := kubernetes.NewForConfig(&rest.Config{
		Host: "http://simulation.invalid", Transport: (*apiServer)(c), QPS: -1,
		ContentConfig: rest.ContentConfig{ContentType: "application/json"},
	})
	if err != nil {
		return nil, fmt.Errorf("making a client: %w", err)
	}
	return client, nil
}

// apiServer answers requests without a network.
type apiServer Cluster

// RoundTrip answers one request.
func (a *apiServer) RoundTrip(request *http.Request) (*http.Response, error) {
	parts := strings.Split(strings.Trim(request.URL.Path, "/"), "/") // api v1 namespaces NAMESPACE pods NAME [eviction]
	switch {
	case len(parts) == 6 && request.Method == http.MethodGet && parts[4] == "pods":
		if pod := (*Cluster)(a).Find(parts[3], parts[5]); pod != nil {
			return respond(http.StatusOK, pod.Pod)
		}
	case len(parts) == 7 && request.Method == http.MethodPost && parts[6] == "eviction":
		var eviction policyv1.Eviction
		if err := json.NewDecoder(request.Body).Decode(&eviction); err != nil {
			return nil, fmt.Errorf("reading an eviction: %w", err)
		}
		return conclude((*Cluster)(a).evict(&eviction))
	}
	return respond(http.StatusNotFound, metav1.Status{Status: metav1.StatusFailure, Code: http.StatusNotFound, Reason: metav1.StatusReasonNotFound})
}

func conclude(err error) (*http.Response, error) {
	status := metav1.Status{Status: metav1.StatusSuccess, Code: http.StatusCreated}
	if failure := apierrors.APIStatus(nil); errors.As(err, &failure) {
		status = failure.Status()
	} else if err != nil {
		return nil, err
	}
	status.TypeMeta = metav1.TypeMeta{APIVersion: "v1", Kind: "Status"}
	return respond(int(status.Code), status)
}

func respond(code int, body any) (*http.Response, error) {
	content, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("writing an answer: %w", err)
	}
	return &http.Response{
		StatusCode: code, Header: http.Header{"Content-Type": []string{"application/json"}},
		Body: io.NopCloser(bytes.NewReader(content)), ContentLength: int64(len(content)),
	}, nil
}
