import CustomerMDM

extension MatchCard {
    /// Rows that share a blocking key with the card, and the names of the keys that had to be narrowed.
    ///
    /// A key that more cards share than the profile allows is narrowed by its second value, never dropped.
    ///
    /// - Parameter rows: Those under an entry of the inverted index, so many at most.
    nonisolated(nonsending) func candidates<Row>(
        _ profile: Profile, rows: nonisolated(nonsending) (_ entry: BlockingKey, _ limit: Int) async throws -> [Row]
    ) async throws -> (rows: [Row], narrowedKeys: [String]) {
        var found: [Row] = []
        var narrowed: [String] = []
        for (index, key) in profile.keys.enumerated() {
            for entry in blockingKeys(index, profile) {
                // One more than allowed tells that the key is too popular.
                let plain = try await rows(entry, profile.maximumCardsPerKey + 1)
                guard plain.count > profile.maximumCardsPerKey else {
                    found += plain
                    continue
                }
                narrowed.append(key.name)
                for entry in key.narrowedBy == nil ? [entry] : narrowedKeys(index, profile) { found += try await rows(entry, .max) }
            }
        }
        return (found, narrowed)
    }
}
