/// What a manager reads when a job has ended.
struct Notice: Equatable {
    let subject: String
    let text: String

    init(finished request: JobRequested, rows: Int) {
        let thing = request.kind == .audience ? "Audience" : "Report"
        subject = "\(thing) is ready: \(request.template)"
        let count = rows == 1 ? "1 row" : "\(rows) rows"
        let offer = request.offer.map { " It is attached to the offer \($0.id) as \(request.audienceType)." } ?? ""
        text = "\(count), checked, in \(request.artifact.path).\(request.kind == .audience ? offer : "")"
    }

    init(failed request: JobRequested, reason: String) { self.init(request, "failed", reason) }

    init(cancelled request: JobRequested, reason: String) { self.init(request, "was cancelled", reason) }

    init(rejected request: JobRequested, reason: String) { self.init(request, "was rejected", reason) }

    init(waiting request: JobRequested, rows: Int, limit: Int) {
        let next = request.offer == nil ? "before the audience counts as ready" : "before they are attached"
        self.init(request, "waits for approval", "\(rows) rows, and more than \(limit) need an approval \(next).")
    }

    init(counted request: JobRequested, rows: Int) {
        self.init(request, "is counted", "A preview found \(rows == 1 ? "1 client" : "\(rows) clients"). No file was made.")
    }

    private init(_ request: JobRequested, _ what: String, _ text: String) {
        subject = "\(request.kind == .audience ? "Audience" : "Report") \(what): \(request.template)"
        self.text = text
    }
}
