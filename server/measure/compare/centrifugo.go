package compare

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"amends/server/measure/bench"
)

// Centrifugo is a mature server for the same kind of fan-out. It runs with its default engine (memory),
// no history, JSON, one channel, on loopback only, and contacts nobody.

const centrifugoConfig = `{
  "http_server": {"address": "127.0.0.1", "port": %d},
  "client": {"insecure": true, "allowed_origins": ["*"], "connection_limit": 0},
  "http_api": {"insecure": true},
  "channel": {"without_namespace": {"allow_subscribe_for_client": true, "allow_subscribe_for_anonymous": true}},
  "log": {"level": "none"},
  "usage_stats": {"enabled": false}
}`

// startCentrifugo starts it and waits until it answers. The caller must call stop.
func startCentrifugo(ctx context.Context, program, folder string, size int) (bench.Rival, func(), error) {
	probe, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return bench.Rival{}, nil, fmt.Errorf("find a port: %w", err)
	}
	port := probe.Addr().(*net.TCPAddr).Port
	_ = probe.Close()
	config := filepath.Join(folder, "centrifugo.json")
	if err := os.WriteFile(config, fmt.Appendf(nil, centrifugoConfig, port), 0o600); err != nil {
		return bench.Rival{}, nil, fmt.Errorf("write its configuration: %w", err)
	}
	var said bytes.Buffer
	cmd := exec.CommandContext(ctx, program, "-c", config)
	cmd.Env, cmd.Stdout, cmd.Stderr = []string{"PATH=/usr/bin:/bin"}, &said, &said
	if err := cmd.Start(); err != nil {
		return bench.Rival{}, nil, fmt.Errorf("start Centrifugo: %w", err)
	}
	stop := func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	if err := answering(ctx, address); err != nil {
		stop()
		return bench.Rival{}, nil, fmt.Errorf("%w: %s", err, said.String())
	}
	door := bench.Doorway{Address: address, Host: address, Path: "/connection/websocket", Header: http.Header{"Origin": {"http://" + address}},
		Hello: []string{`{"id":1,"connect":{}}`, `{"id":2,"subscribe":{"channel":"room"}}`}}
	client := &http.Client{Timeout: 5 * time.Second}
	publish := func(ctx context.Context, messages []string) error { return batch(ctx, client, address, messages) }
	return bench.Rival{Door: door, Publish: publish, Bytes: size, PID: cmd.Process.Pid}, stop, nil
}

func answering(ctx context.Context, address string) error {
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); {
		if c, err := net.DialTimeout("tcp", address, time.Second); err == nil {
			return c.Close()
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
	return errors.New("it did not answer within 10 s")
}

// batch publishes a burst in one request to its server API.
func batch(ctx context.Context, client *http.Client, address string, messages []string) error {
	type publish struct {
		Channel string          `json:"channel"`
		Data    json.RawMessage `json:"data"`
	}
	type command struct {
		Publish publish `json:"publish"`
	}
	var request struct {
		Commands []command `json:"commands"`
	}
	for _, m := range messages {
		request.Commands = append(request.Commands, command{publish{"room", json.RawMessage(m)}})
	}
	body, err := json.Marshal(request)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+address+"/api/batch", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil || res.StatusCode != http.StatusOK || bytes.Contains(text, []byte(`"error"`)) {
		return fmt.Errorf("it answered %d %s %w", res.StatusCode, text, err)
	}
	return nil
}
