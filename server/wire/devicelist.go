package wire

import "amends/server/id"

// Devices are the places where one person is signed in, this one first.
type Devices struct {
	Devices []Device `json:"devices"`
}

// Device is one of them. Kind is phone, tablet or computer, or absent.
type Device struct {
	ID   string `json:"id"`
	Kind string `json:"kind,omitempty"`
	// Shared: other people use it too.
	Shared bool `json:"shared"`
	// Since and Seen are Unix times in milliseconds; Seen is right to a minute.
	Since int64 `json:"since"`
	Seen  int64 `json:"seen"`
	// This is the asking device; Fresh is one that signed in since its person saw the list.
	This  bool `json:"this"`
	Fresh bool `json:"fresh"`
}

// ParseDevice parses the id of a device, which is that of its sign-in, from a path.
func ParseDevice(text string) (id.Signin, error) {
	var p parser
	d, err := id.Parse[id.Signin](text)
	p.Must(err == nil, "device", "is not an identifier")
	return d, p.Err()
}
