// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package server_test

import (
	"encoding/pem"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prometheus/common/config"

	"github.com/loadline-dev/loadline/pkg/telemetry/server"
)

func TestCredentials(t *testing.T) {
	directory := t.TempDir()
	secret := filepath.Join(directory, "secret")
	cases := map[string]struct {
		httpConfig string
		// want is the header that the server sees, %s being what is in the file.
		header, want string
	}{
		"bearer token":  {httpConfig: "authorization: {credentials_file: " + secret + "}", header: "Authorization", want: "Bearer %s"},
		"tenant":        {httpConfig: "http_headers: {X-Scope-OrgID: {files: [" + secret + "]}}", header: "X-Scope-OrgID", want: "%s"},
		"fixed tenant":  {httpConfig: "http_headers: {X-Scope-OrgID: {values: [fixed]}}", header: "X-Scope-OrgID", want: "fixed"},
		"who asks":      {header: "User-Agent", want: "loadline"},
		"other schemes": {httpConfig: "authorization: {type: Token, credentials_file: " + secret + "}", header: "Authorization", want: "Token %s"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var got string
			database := serveDatabase(load(t))
			client := connect(t, listen(t, func(w http.ResponseWriter, r *http.Request) {
				got = r.Header.Get(tc.header)
				database(w, r)
			}).URL+"/base", tc.httpConfig, nil)
			for _, content := range []string{"first", "second"} { // a file that is rotated
				if err := os.WriteFile(secret, []byte(content+"\n"), 0o600); err != nil {
					t.Fatal(err)
				}
				query(t, client, `m`, start)
				if want := strings.ReplaceAll(tc.want, "%s", content); got != want {
					t.Errorf("got %s %q, want %q", tc.header, got, want)
				}
			}
		})
	}
}

func TestBasicAuth(t *testing.T) {
	password := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(password, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	database := serveDatabase(load(t, `m{node="a"} 1`))
	client := connect(t, listen(t, func(w http.ResponseWriter, r *http.Request) {
		if user, secret, ok := r.BasicAuth(); !ok || user != "loadline" || secret != "secret" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		database(w, r)
	}).URL+"/base", "basic_auth: {username: loadline, password_file: "+password+"}", nil)
	if got := query(t, client, `m`, start); len(got) != 1 {
		t.Errorf("got %v, want an answer", got)
	}
	if err := os.Remove(password); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Query(t.Context(), `m`, start); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), password) {
		t.Errorf("got error %v, want one that names the file", err)
	}
}

func TestOAuth2(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("open sesame"), 0o600); err != nil {
		t.Fatal(err)
	}
	tokens := listen(t, func(w http.ResponseWriter, r *http.Request) {
		if _, password, _ := r.BasicAuth(); password != "open+sesame" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		answer(http.StatusOK, "application/json", `{"access_token":"granted","token_type":"Bearer","expires_in":3600}`)(w, r)
	})
	database := serveDatabase(load(t, `m{node="a"} 1`))
	client := connect(t, listen(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer granted" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		database(w, r)
	}).URL+"/base", "oauth2: {client_id: loadline, client_secret_file: "+secret+", token_url: "+tokens.URL+"}", nil)
	if got := query(t, client, `m`, start); len(got) != 1 {
		t.Errorf("got %v, want an answer", got)
	}
}

func TestTLS(t *testing.T) {
	secured := httptest.NewUnstartedServer(serveDatabase(load(t, `m{node="a"} 1`)))
	secured.Config.ErrorLog = log.New(io.Discard, "", 0) // refused handshakes are meant
	secured.StartTLS()
	t.Cleanup(secured.Close)
	authority := filepath.Join(t.TempDir(), "ca.crt")
	if err := os.WriteFile(authority, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secured.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	url := secured.URL + "/base"
	if got := query(t, connect(t, url, "tls_config: {ca_file: "+authority+"}", nil), `m`, start); len(got) != 1 {
		t.Errorf("got %v, want an answer", got)
	}
	_, err := connect(t, url, "", nil).Query(t.Context(), `m`, start)
	if err == nil || !strings.Contains(err.Error(), "telemetry.prometheus.httpConfig.tls_config.ca_file") {
		t.Errorf("without the authority: got error %v, want one that names ca_file", err)
	}
}

func TestNewRefuses(t *testing.T) {
	cases := map[string]struct {
		httpConfig string
		want       string
	}{
		"missing authority": {httpConfig: "tls_config: {ca_file: /does/not/exist}", want: "/does/not/exist"},
		"secret manager":    {httpConfig: "authorization: {credentials_ref: token}", want: "httpConfig"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			settings, err := config.LoadHTTPConfig(tc.httpConfig)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := server.New(server.Settings{URL: "http://localhost", HTTP: settings}); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got error %v, want %q in it", err, tc.want)
			}
		})
	}
}
