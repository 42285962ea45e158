import HindsightCore

/// How a policy uses a learned ranking of windows. The rules propose first, and whatever the model has no answer for is theirs.
package struct ModelTerms: Sendable, Hashable {
    package enum Scope: String, Codable, Sendable, Hashable, CaseIterable {
        /// End to end: the model is asked again after each failure.
        case everyRetry = "every-retry"
        /// The first generation: one predicted retry, then the rules for the rest of the window.
        case firstRetry = "first-retry"
    }

    /// Which of the register's models.
    package let role: ModelRole
    package let scope: Scope
    /// So many hourly windows are ranked: 192, 144 or 96.
    package let horizonHours: Int
    /// The model's window replaces the rules' one if it is so many times as likely to succeed; 0 always lets the model decide.
    package let overrideFactor: Double
    /// Of 1,000 soft declines, how many are tried at an hour drawn by lot, so that there is something to learn from.
    package let explorationPermille: Int
    /// The first charge of a renewal may wait so long for a better hour; 0 charges when the period ends.
    package let firstChargeHours: Int

    package init(
        role: ModelRole = .champion, scope: Scope = .everyRetry, horizonHours: Int = 192, overrideFactor: Double,
        explorationPermille: Int = 50, firstChargeHours: Int = 0
    ) {
        self.role = role
        self.scope = scope
        self.horizonHours = horizonHours
        self.overrideFactor = overrideFactor
        self.explorationPermille = explorationPermille
        self.firstChargeHours = firstChargeHours
    }

    /// The same, with nothing left to chance.
    package var withoutDraws: ModelTerms {
        ModelTerms(
            role: role, scope: scope, horizonHours: horizonHours, overrideFactor: overrideFactor, explorationPermille: 0,
            firstChargeHours: firstChargeHours)
    }

    /// A snapshot that is older says too little: then the rules decide.
    package static let snapshotLife = Duration.hours(36)
}

extension ModelTerms: Codable {
    private enum CodingKeys: CodingKey { case role, scope, horizonHours, overrideFactor, explorationPermille, firstChargeHours }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        func refuse(_ key: CodingKeys, _ reason: String) -> DecodingError {
            .dataCorruptedError(forKey: key, in: container, debugDescription: reason)
        }
        role = try container.decode(ModelRole.self, forKey: .role)
        scope = try container.decode(Scope.self, forKey: .scope)
        horizonHours = try container.decode(Int.self, forKey: .horizonHours)
        overrideFactor = try container.decode(Double.self, forKey: .overrideFactor)
        explorationPermille = try container.decode(Int.self, forKey: .explorationPermille)
        firstChargeHours = try container.decode(Int.self, forKey: .firstChargeHours)
        guard [96, 144, 192].contains(horizonHours) else { throw refuse(.horizonHours, "must be 96, 144 or 192") }
        guard (0...100).contains(overrideFactor) else { throw refuse(.overrideFactor, "must be 0 to 100") }
        guard (0...1_000).contains(explorationPermille) else { throw refuse(.explorationPermille, "must be 0 to 1000") }
        guard (0...168).contains(firstChargeHours) else { throw refuse(.firstChargeHours, "must be 0 to 168") }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(role, forKey: .role)
        try container.encode(scope, forKey: .scope)
        try container.encode(horizonHours, forKey: .horizonHours)
        try container.encode(overrideFactor, forKey: .overrideFactor)
        try container.encode(explorationPermille, forKey: .explorationPermille)
        try container.encode(firstChargeHours, forKey: .firstChargeHours)
    }
}
