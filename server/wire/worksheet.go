package wire

// Sealed is one stored version of a sealed document: everything that the server knows of it.
type Sealed struct {
	ID      string   `json:"id"`
	Ws      string   `json:"ws"`
	Ver     int      `json:"ver"`
	Typ     string   `json:"typ"`
	Owner   string   `json:"owner"`
	Author  string   `json:"author"`
	Readers []string `json:"readers"`
	Size    int      `json:"size"`
	Sha256  string   `json:"sha256"`
	Day     string   `json:"day"`
}

// SealedList lists versions.
type SealedList struct {
	Sealed []Sealed `json:"sealed"`
}

// SaveRequest uploads a version. Acct fields are base64url of 16 bytes; the author is the first reader.
// Owner is for feedback only: the person whose page it is about.
type SaveRequest struct {
	Owner   string   `json:"owner,omitempty"`
	Typ     string   `json:"typ"`
	Readers []string `json:"readers"`
	Replace bool     `json:"replace"`
	File    string   `json:"file"`
}

// MaxVersion bounds the version number of a document.
const MaxVersion = 1_000_000

// MaxReaders is the most readers of a document, including the author.
const MaxReaders = 8
