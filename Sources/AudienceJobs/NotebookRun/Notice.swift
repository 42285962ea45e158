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

    init(failed request: JobRequested, reason: String) {
        subject = "\(request.kind == .audience ? "Audience" : "Report") failed: \(request.template)"
        text = reason
    }
}
