/// Where the keys come from that tokens are checked with.
package protocol KeySource: Sendable {
    /// The keys that count now.
    func current() -> KeySet

    /// The keys that count now, after a look whether one was added: for a token that names a key which ``current()`` has not.
    func lookAgain() -> KeySet
}

/// Keys that stay as they are.
extension KeySet: KeySource {
    package func current() -> KeySet { self }
    package func lookAgain() -> KeySet { self }
}
