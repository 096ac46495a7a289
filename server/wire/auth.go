package wire

// Sign-up and sign-in, as defined in section 8.1 of the sealing format. Byte fields are base64url
// without padding.

// SlipRequest asks what an invitation slip is for. Public.
type SlipRequest struct {
	Invite string `json:"invite"`
}

// Slip is what a slip invites to.
type Slip struct {
	Facility string   `json:"facility"`
	Roles    []string `json:"roles"`
	RoomName string   `json:"room_name,omitempty"`
	Language string   `json:"language"`
}

// ReserveRequest reserves a sign-in name for a slip for 30 minutes. Public.
type ReserveRequest struct {
	Invite string `json:"invite"`
	Handle string `json:"handle"`
}

// Reserved has the account's id (16 bytes), to which all keys are bound.
type Reserved struct {
	Acct string `json:"acct"`
}

// WrapBlob is one sealed copy of the account's root key.
type WrapBlob struct {
	Kind int    `json:"kind"`
	Blob string `json:"blob"`
}

// VaultFile is the person's sealed vault with its counter.
type VaultFile struct {
	Ctr  int64  `json:"ctr"`
	File string `json:"file"`
}

// SignUpRequest creates the account atomically. Public; the slip's code authorizes it.
type SignUpRequest struct {
	Invite   string     `json:"invite"`
	Handle   string     `json:"handle"`
	RoomName string     `json:"room_name"`
	Language string     `json:"language"`
	Acct     string     `json:"acct"`
	Kdf      string     `json:"kdf"`
	Salt     string     `json:"salt"`
	Apw      string     `json:"apw"`
	Acard    string     `json:"acard"`
	Epoch    int        `json:"epoch"`
	Wraps    []WrapBlob `json:"wraps"`
	Bundle   string     `json:"bundle"`
	Vault    VaultFile  `json:"vault"`
}

// PreloginRequest asks for the key derivation parameters of a name. Public.
type PreloginRequest struct {
	Handle string `json:"handle"`
}

// Prelogin has the parameters. Unknown names get made-up ones, so that an answer does not reveal which
// accounts exist.
type Prelogin struct {
	Kdf  string `json:"kdf"`
	Salt string `json:"salt"`
	Acct string `json:"acct"`
}

// LoginRequest signs in with the derived key. Public.
type LoginRequest struct {
	Handle string `json:"handle"`
	Apw    string `json:"apw"`
	// Shared means a shared device: shorter timeouts, and nothing is stored on it.
	Shared bool `json:"shared"`
	// Device is what the browser takes itself for: phone, tablet or computer; absent when it cannot tell.
	Device string `json:"device,omitempty"`
}

// StepUpRequest proves with the derived key that it is still the person who signed in.
type StepUpRequest struct {
	Apw string `json:"apw"`
}

// LoginAnswer is the answer to a successful sign-in; the cookie is set in the same response. MFA is
// always null until second factors exist.
type LoginAnswer struct {
	MFA *MFAChallenge `json:"mfa"`
}

// MFAChallenge describes the second factor to give.
type MFAChallenge struct {
	Type      string `json:"type"`
	Challenge string `json:"challenge"`
}

// Wraps are the sealed copies of the caller's root key.
type Wraps struct {
	Epoch int        `json:"epoch"`
	Kdf   string     `json:"kdf"`
	Salt  string     `json:"salt"`
	Wraps []WrapBlob `json:"wraps"`
}

// Half is the server's short-lived half of a resume key.
type Half struct {
	Half string `json:"half"`
}

// Me is what the signed-in person's pages need to know about them.
type Me struct {
	Member   string   `json:"member"`
	Acct     string   `json:"acct"`
	Handle   string   `json:"handle"`
	RoomName string   `json:"room_name"`
	Language string   `json:"language"`
	Roles    []string `json:"roles"`
	Epoch    int      `json:"epoch"`
	Shared   bool     `json:"shared"`
	// LockMinutes and SignOutMinutes are the facility's timeouts.
	LockMinutes    int `json:"lock_minutes"`
	SignOutMinutes int `json:"sign_out_minutes"`
	// NewDevices is how many devices signed in since this one's person saw the list.
	NewDevices int `json:"new_devices"`
}

// Limits of sealed bytes, from section 4 of the sealing format.
const (
	MaxSealedFile = 544 << 10
	BundleBytes   = 1269
	WrapBytes     = 118
)
