// Draws lines of constant width with smooth edges and round joins. Each instance is one step
// b → c of a line, with the points before and after it, so that two steps share a join without
// covering any pixel twice (a translucent line stays even).

struct Params {
    scale: vec2f,      // pixels per unit of the plane
    offset: vec2f,     // where the anchor lies now, pixels
    size: vec2f,       // size of the frame, pixels
    half_width: f32,   // pixels
    flags: u32,        // 2: the target converts to sRGB itself
    color: vec4f,
}

@group(0) @binding(0) var<uniform> params: Params;

struct Step {
    @builtin(position) position: vec4f,
    @location(0) px: vec2f,
    @location(1) @interpolate(flat) ends: vec4f,
    @location(2) @interpolate(flat) cuts: vec4f,
}

fn px_from(p: vec3f) -> vec2f {
    return p.xy * params.scale + params.offset;
}

// The normal of the line that halves the angle between two steps; zero for no cut.
fn cut(before: vec2f, after: vec2f) -> vec2f {
    let sum = before + after;
    return select(vec2f(0.0), normalize(sum), length(sum) > 0.2);
}

fn unit(v: vec2f) -> vec2f {
    let l = length(v);
    return select(vec2f(0.0), v / l, l > 1e-6);
}

// The third component of a point is 1, or 0 between two lines.
@vertex
fn step_vertex(
    @builtin(vertex_index) vertex: u32,
    @location(0) a: vec3f,
    @location(1) b: vec3f,
    @location(2) c: vec3f,
    @location(3) d: vec3f,
) -> Step {
    var out: Step;
    let p = px_from(b);
    let q = px_from(c);
    let along = unit(q - p);
    // Beyond half a pixel past its edge a line covers nothing.
    let reach = max(params.half_width, 0.5) + 0.5;
    let low = min(p, q);
    let high = max(p, q);
    let beyond = any(high < vec2f(-reach)) || any(low > params.size + reach);
    if b.z * c.z == 0.0 || beyond {
        // Outside the clip volume: nothing is drawn.
        out.position = vec4f(2.0, 2.0, 2.0, 1.0);
        return out;
    }
    let across = vec2f(-along.y, along.x);
    let end = f32(vertex & 1u);
    let side = f32(vertex >> 1u) * 2.0 - 1.0;
    let px = mix(p, q, end) + along * reach * (end * 2.0 - 1.0) + across * reach * side;
    let before = unit(p - px_from(a)) * a.z;
    let after = unit(px_from(d) - q) * d.z;
    out.position = vec4f(px.x / params.size.x * 2.0 - 1.0, 1.0 - px.y / params.size.y * 2.0, 0.0, 1.0);
    out.px = px;
    out.ends = vec4f(p, q);
    out.cuts = vec4f(cut(before, along) * a.z, cut(along, after) * d.z);
    return out;
}

@fragment
fn step_fragment(in: Step) -> @location(0) vec4f {
    let p = in.ends.xy;
    let q = in.ends.zw;
    if dot(in.px - p, in.cuts.xy) < 0.0 || dot(in.px - q, in.cuts.zw) >= 0.0 && any(in.cuts.zw != vec2f(0.0)) {
        discard;
    }
    let d = q - p;
    let t = clamp(dot(in.px - p, d) / max(dot(d, d), 1e-12), 0.0, 1.0);
    let distance = length(in.px - p - d * t);
    // A line thinner than a pixel is a pixel wide and fainter.
    let half_width = max(params.half_width, 0.5);
    let fade = min(params.half_width / 0.5, 1.0);
    let alpha = params.color.a * fade * clamp(half_width + 0.5 - distance, 0.0, 1.0);
    var rgb = params.color.rgb;
    if (params.flags & 2u) != 0u {
        let low = rgb / 12.92;
        let high = pow((rgb + 0.055) / 1.055, vec3f(2.4));
        rgb = select(high, low, rgb <= vec3f(0.04045));
    }
    return vec4f(rgb * alpha, alpha);
}
