/// What an interpreter gets for one run.
struct Script: Sendable {
    let text: String
    /// What was given to the paragraph's dynamic forms, by their names.
    var params: [String: JSON] = [:]
}

/// The dynamic forms that a run asked for.
struct FormsShown: Sendable, Equatable, Codable {
    /// As Zeppelin describes them, by their names.
    var forms: [String: JSON] = [:]
    /// The values of those that were given none: their defaults.
    var defaults: [String: JSON] = [:]
}
