package keys

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// DemoFile marks the demo's secrets folder; `amends serve` refuses a folder that contains it.
const DemoFile = "demo-only"

// ReadFolder reads a secrets folder. Errors name the file, never its content.
func ReadFolder(folder string) (Secrets, error) {
	files := map[string][]byte{}
	for _, name := range []string{PepperFile, EnumerationFile, AuditFile, KeyringFile} {
		text, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			return Secrets{}, fmt.Errorf("the secret %q cannot be read in the secrets folder", name)
		}
		files[name] = text
	}
	text, err := os.ReadFile(filepath.Join(folder, FormerFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Secrets{}, fmt.Errorf("the secret %q cannot be read in the secrets folder", FormerFile)
	}
	files[FormerFile] = text
	return ParseSecrets(files)
}

// OfDemo reports whether a secrets folder is the demo's.
func OfDemo(folder string) bool {
	_, err := os.Stat(filepath.Join(folder, DemoFile))
	return err == nil
}
