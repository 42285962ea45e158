extension Profile {
    /// The profiles that are shipped, by name.
    package static let shipped: [String: String] = ["russian-bank": russianBank, "english-person": englishPerson]

    /// A shipped profile.
    ///
    /// - Throws: ``ProfileError`` for a name that isn't shipped.
    package static func named(_ name: String) throws(ProfileError) -> Profile {
        guard let text = shipped[name] else {
            throw ProfileError(path: "", reason: "there is no profile \(name): \(shipped.keys.sorted().joined(separator: ", ")) or a file")
        }
        return try Profile(yaml: text)
    }
}
