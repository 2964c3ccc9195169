// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package history

import (
	"context"
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	// ConfigMap is the name of the object that the state is kept in, in the
	// namespace of the rules, and Key that of its data.
	ConfigMap = "loadline-evictions"
	Key       = "evictions.yaml"

	// maxSize is how long the data may be, in bytes. The API server takes 1 MiB for
	// the whole object.
	maxSize = 900_000
	// maxAttempts is how often a write is tried while others change what is not
	// ours.
	maxAttempts = 5
)

// ErrConflict tells that somebody else has written the state since it was last
// read here, as the new leader does. What was to be written is not.
var ErrConflict = errors.New("somebody else has written it since it was read")

// ConfigMaps is the part that is needed of a client for the ConfigMaps of one
// namespace: all who deal with records would depend on the whole of it otherwise.
type ConfigMaps interface {
	Get(ctx context.Context, name string, options metav1.GetOptions) (*corev1.ConfigMap, error)
	Create(ctx context.Context, object *corev1.ConfigMap, options metav1.CreateOptions) (*corev1.ConfigMap, error)
	Update(ctx context.Context, object *corev1.ConfigMap, options metav1.UpdateOptions) (*corev1.ConfigMap, error)
}

// Store keeps the state in a ConfigMap. It is not safe for concurrent use.
type Store struct {
	configMaps ConfigMaps
	namespace  string

	// loaded tells that the state was read. object is the ConfigMap as it was last
	// read or written, nil if there was none.
	loaded bool
	object *corev1.ConfigMap
}

// NewStore makes a store in a namespace, whose ConfigMaps are given.
func NewStore(configMaps ConfigMaps, namespace string) *Store {
	return &Store{configMaps: configMaps, namespace: namespace}
}

// Load reads the state, which is empty if there is none yet. What cannot be
// understood is an error, for a person to look at: it is not known what was
// evicted, so that nothing may be, and it is never written over.
func (s *Store) Load(ctx context.Context) (State, error) {
	s.loaded = false
	object, err := s.read(ctx)
	if err != nil {
		return State{}, err
	}
	state, err := Decode(textOf(object))
	if err != nil {
		return State{}, fmt.Errorf("ConfigMap %s/%s, key %s: %w: nothing is evicted until this is corrected, or the key deleted, "+
			"with which earlier evictions are forgotten", s.namespace, ConfigMap, Key, err)
	}
	s.loaded, s.object = true, object
	return state, nil
}

// Save writes the state in place of the one that was last loaded or saved here. If
// that is no longer what is there, the error is ErrConflict. What others have
// written besides stays: other keys, labels and annotations.
func (s *Store) Save(ctx context.Context, state State) error {
	if !s.loaded {
		return fmt.Errorf("writing ConfigMap %s/%s: it must be read before", s.namespace, ConfigMap)
	}
	text, err := encodeBounded(state)
	if err != nil {
		return fmt.Errorf("writing ConfigMap %s/%s: %w", s.namespace, ConfigMap, err)
	}
	for range maxAttempts {
		err = s.write(ctx, text)
		if !apierrors.IsConflict(err) && !apierrors.IsAlreadyExists(err) && !apierrors.IsNotFound(err) {
			break
		}
		if failed := s.readAgain(ctx); failed != nil {
			return failed
		}
	}
	if err != nil {
		return fmt.Errorf("writing ConfigMap %s/%s: %w", s.namespace, ConfigMap, err)
	}
	return nil
}

// write creates or updates the object that was last read.
func (s *Store) write(ctx context.Context, text string) error {
	var (
		written *corev1.ConfigMap
		err     error
	)
	if s.object == nil {
		written, err = s.configMaps.Create(ctx, &corev1.ConfigMap{
			ObjectMeta: metav1.ObjectMeta{Name: ConfigMap, Namespace: s.namespace}, Data: map[string]string{Key: text},
		}, metav1.CreateOptions{})
	} else {
		changed := s.object.DeepCopy()
		if changed.Data == nil {
			changed.Data = make(map[string]string, 1)
		}
		changed.Data[Key] = text
		written, err = s.configMaps.Update(ctx, changed, metav1.UpdateOptions{})
	}
	if err != nil {
		return err
	}
	s.object = written
	return nil
}

// readAgain reads the object that has changed since it was last read, and tells
// whether what is ours has.
func (s *Store) readAgain(ctx context.Context) error {
	object, err := s.read(ctx)
	if err != nil {
		return err
	}
	deleted := s.object != nil && object == nil
	if deleted || textOf(object) != textOf(s.object) {
		s.loaded = false
		return fmt.Errorf("writing ConfigMap %s/%s: %w", s.namespace, ConfigMap, ErrConflict)
	}
	s.object = object
	return nil
}

// read is the object. Nil if there is none.
func (s *Store) read(ctx context.Context) (*corev1.ConfigMap, error) {
	object, err := s.configMaps.Get(ctx, ConfigMap, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading ConfigMap %s/%s: %w", s.namespace, ConfigMap, err)
	}
	return object, nil
}

// textOf is our part of an object.
func textOf(object *corev1.ConfigMap) string {
	if object == nil {
		return ""
	}
	return object.Data[Key]
}

// encodeBounded writes as much of a state as there is room for.
func encodeBounded(state State) (string, error) {
	state = state.Bounded()
	for {
		text, err := Encode(state)
		if err != nil || len(text) <= maxSize {
			return text, err
		}
		smaller := state.boundedTo(len(state.Records) * 9 / 10)
		if len(smaller.Records) == len(state.Records) {
			return "", fmt.Errorf("%d evictions that are under way take %d bytes, more than the %d that there is room for",
				len(state.Records), len(text), maxSize)
		}
		state = smaller
	}
}
