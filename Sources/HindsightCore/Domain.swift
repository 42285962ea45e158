/// What a built-in domain owns in the log, and what it says to facts that services state there.
public struct Domain: Sendable {
    /// `billing-retries`: also the folder of its schemas; its event types begin with the name and a dot.
    public let name: String
    public let categories: [Category]

    /// The domain's word on a fact that a service wants to append to one of its streams: `nil` admits it, a sentence refuses it.
    ///
    /// The fact has passed its schema. Nothing is added to the append: what follows from the fact are events of their own.
    public let refusal: @Sendable (_ fact: NewEvent, _ stream: StreamName, _ log: any EventLog) async throws -> String?

    public init(
        name: String, categories: [Category],
        refusal: @escaping @Sendable (_ fact: NewEvent, _ stream: StreamName, _ log: any EventLog) async throws -> String?
    ) {
        self.name = name
        self.categories = categories
        self.refusal = refusal
    }

    public var typePrefix: String { name + "." }
}
