package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"maps"
	"math/big"
	mathrand "math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// The proxies of deploy/, as the real programs. Each file is used as it stands: only the name, the
// ports, the certificate and the folders are replaced, and each must be there to be replaced.

// front is one proxy of deploy/.
type front struct {
	program, file string
	// check is how the program reads the file without running, run how it runs in the foreground.
	check, run func(path string) []string
	// local are the replacements for this machine.
	local func(fronting) []string
	// around is what the file is part of, with %s for its path; "" when it stands alone.
	around string
}

// fronting is where a proxy stands on this machine, in front of which server.
type fronting struct {
	dir, cert, key, both string
	tls, plain           int
	behind               string
}

func fronts() []front {
	return []front{
		{
			program: "caddy", file: "Caddyfile",
			check: func(path string) []string { return []string{"validate", "--adapter", "caddyfile", "--config", path} },
			run:   func(path string) []string { return []string{"run", "--adapter", "caddyfile", "--config", path} },
			local: func(f fronting) []string {
				return []string{
					"\n{\n", "\n{\n\tadmin off\n\tauto_https disable_redirects\n",
					"\nmeet.example.org {\n", fmt.Sprintf("\nhttps://localhost:%d {\n\ttls %s %s\n", f.tls, f.cert, f.key),
					"reverse_proxy 127.0.0.1:8080", "reverse_proxy " + f.behind,
				}
			},
		},
		{
			program: "nginx", file: "nginx.conf",
			check: func(path string) []string { return []string{"-t", "-e", "stderr", "-c", path} },
			run:   func(path string) []string { return []string{"-e", "stderr", "-c", path} },
			local: func(f fronting) []string {
				return []string{
					"listen 80;", fmt.Sprintf("listen %d;", f.plain), "listen [::]:80;", fmt.Sprintf("listen [::]:%d;", f.plain),
					"listen 443 ", fmt.Sprintf("listen %d ", f.tls), "listen [::]:443 ", fmt.Sprintf("listen [::]:%d ", f.tls),
					"/etc/letsencrypt/live/meet.example.org/fullchain.pem", f.cert, "/etc/letsencrypt/live/meet.example.org/privkey.pem", f.key,
					"/var/log/nginx/amends.log", "stderr", "server 127.0.0.1:8080", "server " + f.behind,
					"server_name meet.example.org", "server_name localhost",
				}
			},
			around: "daemon off;\npid nginx.pid;\nevents {}\nhttp {\nclient_body_temp_path body;\nproxy_temp_path proxy;\nfastcgi_temp_path fastcgi;\nuwsgi_temp_path uwsgi;\nscgi_temp_path scgi;\ninclude %s;\n}\n",
		},
		{
			program: "haproxy", file: "haproxy.cfg",
			check: func(path string) []string { return []string{"-c", "-f", path} },
			run:   func(path string) []string { return []string{"-db", "-f", path} },
			local: func(f fronting) []string {
				return []string{
					"bind :80\n", fmt.Sprintf("bind :%d\n", f.plain), "bind :::80 ", fmt.Sprintf("bind :::%d ", f.plain),
					"bind :443 ", fmt.Sprintf("bind :%d ", f.tls), "bind :::443 ", fmt.Sprintf("bind :::%d ", f.tls),
					"/etc/haproxy/meet.example.org.pem", f.both, "server amends 127.0.0.1:8080", "server amends " + f.behind,
				}
			},
		},
	}
}

// prepare writes the proxy's file for this machine, and returns the path that the program is started
// with.
func (p front) prepare(t *testing.T, f fronting) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "deploy", p.file))
	if err != nil {
		t.Fatal(err)
	}
	made, pairs := string(text), p.local(f)
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(made, pairs[i]) {
			t.Fatalf("deploy/%s has no %q", p.file, pairs[i])
		}
		made = strings.ReplaceAll(made, pairs[i], pairs[i+1])
	}
	path := write(t, f.dir, p.file, made)
	if p.around != "" {
		path = write(t, f.dir, "around-"+p.file, fmt.Sprintf(p.around, path))
	}
	return path
}

func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// command is the program with everything it writes in its own folder.
func (p front) command(t *testing.T, f fronting, args []string) *exec.Cmd {
	t.Helper()
	program, err := exec.LookPath(p.program)
	if err != nil {
		program, err = exec.LookPath("/usr/sbin/" + p.program) // not in everybody's PATH
	}
	if err != nil {
		t.Fatalf("%s is missing: make need-%s", p.program, p.program)
	}
	if p.program == "nginx" {
		args = append([]string{"-p", f.dir}, args...)
	}
	cmd := exec.Command(program, args...)
	cmd.Dir, cmd.Env = f.dir, []string{"PATH=" + os.Getenv("PATH"), "HOME=" + f.dir, "XDG_DATA_HOME=" + f.dir, "XDG_CONFIG_HOME=" + f.dir}
	return cmd
}

// start runs the proxy until stop, which returns everything that it logged.
func (p front) start(t *testing.T, f fronting) (stop func() string) {
	t.Helper()
	var log safeBuffer
	cmd := p.command(t, f, p.run(p.prepare(t, f)))
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var once sync.Once
	end := func() { once.Do(func() { _ = cmd.Process.Signal(os.Interrupt); _ = cmd.Wait() }) }
	t.Cleanup(end)
	hosts := loopback(t)
	await(t, p.program, func() bool {
		for _, host := range hosts {
			c, err := net.DialTimeout("tcp", net.JoinHostPort(host, fmt.Sprint(f.tls)), time.Second)
			if err != nil {
				return false
			}
			_ = c.Close()
		}
		return true
	})
	return func() string { end(); return log.String() }
}

type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// frontingHere makes a folder with a certificate for localhost, and finds free ports.
func frontingHere(t *testing.T) (f fronting, roots *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	of := x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(24 * time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign}
	cert, err := x509.CreateCertificate(rand.Reader, &of, &of, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certPEM, keyPEM := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert})), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}))
	f.dir = t.TempDir()
	f.cert, f.key, f.both = write(t, f.dir, "cert.pem", certPEM), write(t, f.dir, "key.pem", keyPEM), write(t, f.dir, "both.pem", certPEM+keyPEM)
	f.tls, f.plain = freePort(t), freePort(t)
	roots = x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(certPEM))
	return f, roots
}

// loopback are the addresses of this machine. Some containers have no IPv6: what needs it is left out
// there, and the log says so.
func loopback(t *testing.T) []string {
	t.Helper()
	six, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		t.Logf("nothing is tried over IPv6: %v", err)
		return []string{"127.0.0.1"}
	}
	_ = six.Close()
	return []string{"127.0.0.1", "::1"}
}

// freePort is below the ports that connections get by themselves, which a port that is used by one proxy
// after the other must not be taken by.
func freePort(t *testing.T) int {
	t.Helper()
	for range 100 {
		port := 20000 + mathrand.IntN(10000)
		if l, err := net.Listen("tcp", fmt.Sprintf(":%d", port)); err == nil { // both families
			_ = l.Close()
			return port
		}
	}
	t.Fatal("no port is free")
	return 0
}

// Each file is read by the program it is for, and there is no other.
func TestEveryProxyReadsItsFile(t *testing.T) {
	t.Parallel()
	there, read := map[string]bool{}, map[string]bool{}
	for _, kind := range []string{"Caddyfile", "*.conf", "*.cfg"} {
		found, err := filepath.Glob(filepath.Join("..", "..", "deploy", kind))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range found {
			there[filepath.Base(path)] = true
		}
	}
	for _, p := range fronts() {
		read[p.file] = true
		f, _ := frontingHere(t)
		f.behind = "127.0.0.1:8080"
		cmd := p.command(t, f, p.check(p.prepare(t, f)))
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s refuses deploy/%s: %v\n%s", p.program, p.file, err, out)
		}
	}
	if !maps.Equal(there, read) {
		t.Errorf("deploy/ has the files %v of proxies, and %v are read", there, read)
	}
}
